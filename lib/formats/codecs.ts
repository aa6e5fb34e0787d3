/**
 * The compression formats of backups. They are recognised by the first bytes of the data, never by a name or a record.
 * Pure.
 */

/** To add one, put its bytes here, and its decoder into lib/pipeline/decompression/decompress.ts. */
const MAGIC = {
  /** RFC 1952, section 2.3.1. The third byte means deflate, the only method. */
  gzip: Buffer.from([0x1f, 0x8b, 0x08]),
} as const satisfies Record<string, Buffer>;

export type Codec = keyof typeof MAGIC;
export const CODECS = Object.keys(MAGIC) as Codec[];

/** Enough bytes to recognise any of them. */
export const CODEC_BYTES = Math.max(...Object.values(MAGIC).map(({ length }) => length));

/** @param head the data's first bytes: CODEC_BYTES of them, or all if it is shorter */
export function codecOf(head: Buffer): Codec | undefined {
  return CODECS.find((codec) => head.subarray(0, MAGIC[codec].length).equals(MAGIC[codec]));
}
