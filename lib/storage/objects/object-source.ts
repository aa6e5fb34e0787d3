import { DownloadError } from '../../errors/errors.ts';

/** One object in a store, readable by ranges. The S3 adapter implements it, and so does a file for the command line. */
export interface ObjectSource {
  /** Its name in messages: the key. */
  readonly location: string;
  /**
   * Reads the bytes `from` to `to`, both inclusive. A range beyond the end is cut.
   * @param etag if given, the store only responds for this version (If-Match).
   * @throws DownloadError for errors that no retry fixes (missing, forbidden, empty). Any other error may be retried.
   */
  read(from: number, to: number, etag: string | undefined, signal: AbortSignal): Promise<ObjectRange>;
}

export interface ObjectRange {
  /** The store's name for this version of the object. */
  etag: string;
  /** Size of the whole object. */
  totalBytes: number;
  /** When it was stored, if the store says so. */
  storedAt?: Date | undefined;
  body: AsyncIterable<Uint8Array>;
}

/** The object is no longer the version that was verified. */
export function replaced(location: string): DownloadError {
  return new DownloadError(`${location} was replaced after it was verified`, {
    hint: 'Find out who writes to the bucket; then verify the backup again and restore it.',
  });
}

export function empty(location: string): DownloadError {
  return new DownloadError(`${location} is empty`, {
    hint: 'The backup was not written: restore another one.',
    verdict: true,
  });
}
