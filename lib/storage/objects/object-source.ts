import { DownloadError } from '../../errors/errors.ts';

/** One object in a store, readable by ranges. The S3 adapter implements it; so does a file, for work by hand. */
export interface ObjectSource {
  /** Its name in messages: the key. */
  readonly location: string;
  /**
   * Reads the bytes `from` to `to`, both included; a range beyond the end is cut.
   * @param etag if given, the store is asked to respond only for this version (If-Match).
   * @throws DownloadError for errors that no retry fixes (gone, forbidden, empty); anything else may be retried.
   */
  read(from: number, to: number, etag: string | undefined, signal: AbortSignal): Promise<ObjectRange>;
}

export interface ObjectRange {
  /** The store's name for the object's version. */
  etag: string;
  /** Size of the whole object. */
  totalBytes: number;
  /** When it was stored, if the store says so. */
  storedAt?: Date | undefined;
  body: AsyncIterable<Uint8Array>;
}

/** The object is no longer the one that was verified. */
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
