import { NotWritable } from './errors.ts';

/** The name of the error with which the local services report that the state's disk can't be written. */
export const STATE_NOT_WRITABLE = 'StateNotWritable';

/**
 * Whether a write failed because of the disk with the service's state. Then every other write fails too, but records
 * can still be read.
 */
export function isNotWritable(error: unknown): error is Error {
  return error instanceof Error && error.name === STATE_NOT_WRITABLE;
}

/** The response to a call that failed with such an error. */
export function notWritableAnswer({ message }: Error): NotWritable {
  return new NotWritable(message, {
    hint: 'Free some space on that disk, then try again: the service then continues by itself. Running restores continue, and stored records can be read.',
  });
}
