import { NotWritable } from './errors.ts';

/** How the services of one machine name the fault of a write that the disk of the service's state does not take. */
export const STATE_NOT_WRITABLE = 'StateNotWritable';

/** Whether a write failed for the disk of the service's state. Every other write fails then, too; records can still be read. */
export function isNotWritable(error: unknown): error is Error {
  return error instanceof Error && error.name === STATE_NOT_WRITABLE;
}

/** The answer to a call that such a fault ended. */
export function notWritableAnswer({ message }: Error): NotWritable {
  return new NotWritable(message, {
    hint: 'Free some space on that disk, then try again: the service then continues by itself. Running restores continue, and stored records can be read.',
  });
}
