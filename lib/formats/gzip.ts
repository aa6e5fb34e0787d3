import { DecompressError } from '../errors/errors.ts';

const FIXED_BYTES = 10;
const FHCRC = 0x02;
const FEXTRA = 0x04;
const FNAME = 0x08;
const FCOMMENT = 0x10;
const RESERVED = 0xe0;
/** Far longer than any header that a tool writes. A longer one counts as damage. */
const MAX_HEADER_BYTES = 128 * 1024;

/**
 * The length of the gzip header (RFC 1952, section 2.3) at the start of `bytes`; undefined if the header isn't complete
 * yet.
 * @throws DecompressError if it isn't a gzip header.
 */
export function gzipHeaderLength(bytes: Buffer): number | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const flags = bytes.readUInt8(3);
  if (bytes.readUInt16BE(0) !== 0x1f8b || bytes.readUInt8(2) !== 8 || (flags & RESERVED) !== 0) throw broken();
  let at = FIXED_BYTES;
  if (flags & FEXTRA) {
    if (bytes.length < at + 2) return undefined;
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const text of [FNAME, FCOMMENT]) {
    if (!(flags & text)) continue;
    const zero = bytes.indexOf(0, at);
    if (zero < 0) {
      if (bytes.length > MAX_HEADER_BYTES) throw broken();
      return undefined;
    }
    at = zero + 1;
  }
  if (flags & FHCRC) at += 2;
  return at <= bytes.length ? at : undefined;
}

function broken(): DecompressError {
  return new DecompressError('the gzip header is damaged', {
    hint: 'Restore another backup, and check the storage: the object was damaged, or is not what the backup wrote.',
  });
}
