/** A command's output could not be written: the disk is full or fails. */
export class OutputFailed extends Error {
  readonly hint = 'Free some space or write to another place, then start again. The output so far is incomplete.';

  constructor(cause: Error) {
    super(`the output could not be written: ${reasonOf(cause)}`, { cause });
  }
}

function reasonOf({ message, ...error }: NodeJS.ErrnoException): string {
  return error.code === 'ENOSPC' ? 'the disk is full' : message;
}

/** Errors of the system about writing: not about reading, which concerns another file. */
export function isWriteFault(error: unknown): error is Error {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return syscall === 'write' && ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS'].includes(code ?? '');
}
