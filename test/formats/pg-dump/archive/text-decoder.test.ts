import { expect, it } from 'vitest';
import { textDecoder } from '../../../../lib/formats/pg-dump/archive/text-decoder.ts';

it.each([
  ['SJIS', [0x95, 0x5c, 0x27], "表'"],
  ['BIG5', [0xa5, 0x5c, 0x27], "功'"],
  ['GBK', [0x81, 0x5c, 0x27], "乗'"],
  ['UHC', [0xb0, 0xa1, 0x27], "가'"],
  ['GB18030', [0x81, 0x30, 0x81, 0x30, 0x27], "\u0080'"],
  ['UTF8', [0xe8, 0xa1, 0xa8, 0x27], "表'"],
])('reads characters of %s whose second byte means something else', (encoding, bytes, text) => {
  expect(textDecoder(encoding)?.(Buffer.from(bytes))).toBe(text);
});

it.each([
  ['SJIS', [0x80, 0x27]],
  ['GBK', [0x80, 0x27]],
  ['GB18030', [0x80, 0x27]],
  ['SJIS', [0x95, 0x27]],
  ['BIG5', [0x80, 0x27]],
  ['BIG5', [0xa5, 0x27]],
  ['UHC', [0xb0, 0x27]],
  ['GB18030', [0x81, 0x27]],
  ['GB18030', [0x81, 0x30, 0x27]],
])('refuses bytes that aren’t a character in %s: %j', (encoding, bytes) => {
  expect(() => textDecoder(encoding)?.(Buffer.from(bytes))).toThrow(TypeError);
});

it('does not support JOHAB', () => expect(textDecoder('JOHAB')).toBeUndefined());
