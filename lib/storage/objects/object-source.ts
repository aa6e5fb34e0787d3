/** One object in a store, readable by ranges. The S3 adapter implements it; so does a file, for work by hand. */
export interface ObjectSource {
  /** Its place, for messages: the key. */
  readonly location: string;
  /**
   * Reads the bytes `from` to `to`, both included; a range that passes the end is cut there.
   * @param etag when given, the store is asked to answer only for this version (If-Match).
   * @throws DownloadError for what no retry mends (gone, forbidden, empty); anything else may be tried again.
   */
  read(from: number, to: number, etag: string | undefined, signal: AbortSignal): Promise<ObjectRange>;
}

export interface ObjectRange {
  /** The version of the object as the store names it. */
  etag: string;
  /** Size of the whole object. */
  totalBytes: number;
  /** When it was stored, if the store says so. */
  storedAt?: Date | undefined;
  body: AsyncIterable<Uint8Array>;
}
