/** The character sets in which a dump's statements may be. Pure. */

/**
 * In these, a backslash or quote byte is always a separate character: bytes of ASCII are always characters of ASCII,
 * and the second byte of a longer character is never below 0x40, a backslash or a backtick.
 */
const READ_LIKE_ASCII = new Set(
  (
    'utf8 utf8mb3 utf8mb4 binary ascii latin1 latin2 latin5 latin7 cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 ' +
    'koi8r koi8u greek hebrew tis620 macce macroman armscii8 geostd8 keybcs2 dec8 hp8 euckr gb2312 ujis eucjpms'
  ).split(' '),
);

/** In these, the second byte of a character can be a backslash, which would mislead a reader. */
const HIDE_BACKSLASHES = new Set('gbk sjis cp932 big5 gb18030'.split(' '));

/** Why statements in this character set can't be read; undefined if they can. */
export function characterSetFault(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (READ_LIKE_ASCII.has(lower)) return undefined;
  return HIDE_BACKSLASHES.has(lower)
    ? `the character set ${lower}, in which part of a character can be a backslash`
    : `the character set ${/^\w{1,32}$/.test(name) ? lower : 'that is not known from dumps'}`;
}
