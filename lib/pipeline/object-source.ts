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
