/**
 * Every error that a user may see, by class. The class name is the contract: the state machine's Catch clauses, the
 * `code` of a failed restore and the `code` of an HTTP response are all derived from it.
 */

interface Details {
  /** What the reader should do next, one sentence. */
  hint?: string;
  cause?: unknown;
}

/** Base of all errors that carry a stable code and a hint for the person who reads them. */
export abstract class ServiceError extends Error {
  /** Stable, upper snake case. */
  abstract readonly code: string;
  /** Code that catches the error may know more, and add it here. */
  hint: string | undefined;

  constructor(message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
  }
}

/** An error that is the response to an HTTP request: the request can't be carried out as it is. */
export abstract class RequestError extends ServiceError {
  abstract readonly status: number;
}

export class MalformedRequest extends RequestError {
  readonly code = 'MALFORMED_REQUEST';
  readonly status = 400;
}
export class NotAuthenticated extends RequestError {
  readonly code = 'NOT_AUTHENTICATED';
  readonly status = 401;
}
export class Forbidden extends RequestError {
  readonly code = 'FORBIDDEN';
  readonly status = 403;
}
export class NotFound extends RequestError {
  readonly code = 'NOT_FOUND';
  readonly status = 404;
}
/** The path is known, but doesn't support the method. */
export class MethodNotAllowed extends RequestError {
  readonly code = 'METHOD_NOT_ALLOWED';
  readonly status = 405;
  /** The methods that the path has. */
  readonly allowed: readonly string[];

  constructor(message: string, allowed: readonly string[] = []) {
    super(message, { hint: `Use ${allowed.join(' or ')}. GET /api/openapi.json lists the calls.` });
    this.allowed = allowed;
  }
}
export class Conflict extends RequestError {
  readonly code = 'CONFLICT';
  readonly status = 409;
}
export class PayloadTooLarge extends RequestError {
  readonly code = 'PAYLOAD_TOO_LARGE';
  readonly status = 413;
}
export class UnsupportedMediaType extends RequestError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';
  readonly status = 415;
}
/** Well-formed, but impossible: for example, the target is of another type, or the backup is incremental. */
export class Impossible extends RequestError {
  readonly code = 'IMPOSSIBLE';
  readonly status = 422;
}

/** Jagad's lists can't be read: it can't be reached, refuses the sign-in, or answers something unexpected. */
export class JagadError extends RequestError {
  readonly code = 'JAGAD_ERROR';
  readonly status = 422;
}

export class TooManyRequests extends RequestError {
  readonly code = 'TOO_MANY_REQUESTS';
  readonly status = 429;
  /** How long to wait before the same request may succeed. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    const seconds = Math.ceil(retryAfterMs / 1000);
    const wait = seconds < 60 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
    super(message, { hint: `Wait ${wait}, then try again.` });
    this.retryAfterMs = retryAfterMs;
  }
}

/** The service can't write: its disk is full, or fails. */
export class NotWritable extends RequestError {
  readonly code = 'NOT_WRITABLE';
  readonly status = 503;
}

interface StepDetails extends Details {
  /** Whether the backup's own bytes are wrong. By default, it depends on the error's class. */
  verdict?: boolean;
}

/** An error of one step of a restore. Its log line is `<PREFIX>: <message>`, with the prefixes that Jagad's users know. */
export abstract class StepError extends ServiceError {
  abstract readonly prefix: string;
  static readonly verdict: boolean = false;
  /** Whether the backup's own bytes are wrong. Everything else may change, such as access to them, or a missing key. */
  readonly verdict: boolean;

  constructor(message: string, { verdict, ...details }: StepDetails = {}) {
    super(message, details);
    this.verdict = verdict ?? new.target.verdict;
  }
}

/** The object is larger than a Lambda can read in its time, so the state machine verifies it in a task instead. */
export class TooLargeForLambda extends StepError {
  readonly code = 'TOO_LARGE_FOR_LAMBDA';
  readonly prefix = 'DOWNLOAD ERROR';
}
export class StorageProviderError extends StepError {
  readonly code = 'STORAGE_PROVIDER_ERROR';
  readonly prefix = 'STORAGE PROVIDER ERROR';
}
/** The object is missing, empty, replaced or can't be read. */
export class DownloadError extends StepError {
  readonly code = 'DOWNLOAD_ERROR';
  readonly prefix = 'DOWNLOAD ERROR';
}
/** A frame, the counter, the end mark or the key is wrong. */
export class DecryptError extends StepError {
  static override readonly verdict = true;
  readonly code = 'DECRYPT_ERROR';
  readonly prefix = 'DECRYPT ERROR';
  /** Whether none of the available keys opens the first frame. */
  readonly isOfKeys: boolean;

  constructor(message: string, { isOfKeys = false, ...details }: StepDetails & { isOfKeys?: boolean } = {}) {
    super(message, details);
    this.isOfKeys = isOfKeys;
  }
}
/** It isn't gzip, the gzip is damaged, other bytes follow it, or the dump ends too early. */
export class DecompressError extends StepError {
  static override readonly verdict = true;
  readonly code = 'DECOMPRESS_ERROR';
  readonly prefix = 'DECOMPRESS ERROR';
}
/** Everything decrypts and decompresses, but these aren't the bytes that were backed up. */
export class ChecksumMismatch extends StepError {
  static override readonly verdict = true;
  readonly code = 'CHECKSUM_MISMATCH';
  readonly prefix = 'CHECKSUM MISMATCH';
}
/** The target database or the restore tool reported an error. */
export class RestoreError extends StepError {
  readonly code = 'RESTORE_ERROR';
  readonly prefix = 'RESTORE ERROR';
}
/** Someone stopped the restore. */
export class RestoreStopped extends StepError {
  readonly code = 'RESTORE_STOPPED';
  readonly prefix = 'RESTORE ERROR';
}

/** A message may name thousands of objects, but a record only has room for this many characters. */
const LONGEST_MESSAGE = 4000;

/** The part of an error that is stored, and that people see. */
export interface Failure {
  code: string;
  message: string;
  hint?: string | undefined;
}

/** What a failed restore's record stores of its error. It leaves out the internals of unexpected errors. */
export function toFailure(error: unknown): Failure {
  if (error instanceof ServiceError) {
    const text = error.message.length > LONGEST_MESSAGE ? `${error.message.slice(0, LONGEST_MESSAGE)}…` : error.message;
    const message = error instanceof StepError ? `${error.prefix}: ${text}` : text;
    return { code: error.code, message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOSPC') return toFailure(taskDiskFull(error));
  return {
    code: 'INTERNAL_ERROR',
    message: 'the service met an unexpected error',
    hint: 'Read the log of the execution; if it says nothing you can act on, report it with the restore id.',
  };
}

/** The disk is full on which a task, or someone at the command line, writes files. */
export function taskDiskFull(cause: unknown): RestoreError {
  return new RestoreError('the disk of the restore task is full', {
    hint: 'Restore again: on AWS each task has a disk of its own. On one machine, free some space where the service keeps its state.',
    cause,
  });
}

/** @throws the first of the errors, if there is any */
export function throwFirst([first]: RequestError[]): void {
  if (first !== undefined) throw first;
}

/**
 * Whether a verification's error is a verdict on the backup's own bytes. A verification connects to no database, so its
 * RestoreError is about a statement in the dump, or about an archive.
 */
export function isVerdict(error: unknown): error is StepError {
  return error instanceof StepError && (error.verdict || error instanceof RestoreError);
}
