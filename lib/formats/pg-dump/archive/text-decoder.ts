/**
 * Decodes an archive's texts in client encodings that no PostgreSQL database can have. In these, the second byte of a
 * character may be a backslash, so texts can only be checked as characters. PostgreSQL divides everything that these
 * decoders accept into the same characters, or refuses it.
 */

/** By PostgreSQL's names; JOHAB has no decoder. */
const DECODERS: Readonly<Record<string, string>> = {
  SJIS: 'shift_jis',
  SHIFT_JIS_2004: 'shift_jis',
  BIG5: 'big5',
  GBK: 'gbk',
  UHC: 'euc-kr',
  GB18030: 'gb18030',
};

/** Encodings that a database may have: every byte below 128 is a separate character. */
const SAFE = /^(?:UTF8|SQL_ASCII|EUC_(?:JP|CN|KR|TW|JIS_2004)|LATIN\d+|ISO_8859_\d|WIN\d+|KOI8[RU]|MULE_INTERNAL)$/;

export type DecodeText = (bytes: Buffer) => string;

export const decodeSafe: DecodeText = (bytes) => bytes.toString('utf8');

/**
 * @param encoding PostgreSQL's name
 * @returns undefined if texts in it can't be checked; otherwise a decoder that throws a TypeError for invalid bytes
 */
export function textDecoder(encoding: string): DecodeText | undefined {
  if (SAFE.test(encoding)) return decodeSafe;
  const label = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (label === undefined) return undefined;
  const decoder = new TextDecoder(label, { fatal: true });
  return (bytes) => {
    // one byte for the decoder, but the first of two for PostgreSQL
    if (bytes.includes(0x80)) checkLoneBytes(bytes, label);
    return decoder.decode(bytes);
  };
}

/** 0x80 may be a second byte, so it is only refused if the decoder reads it as a separate character. */
function checkLoneBytes(bytes: Buffer, label: string): void {
  const text = new TextDecoder(label, { fatal: true }).decode(bytes);
  // the character for a lone 0x80: a control character in SJIS, the euro sign in GBK and GB18030
  if (/[\u0080\u20ac]/.test(text)) throw new TypeError('it has the byte 80 alone');
}
