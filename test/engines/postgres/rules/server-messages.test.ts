import { describe, expect, it } from 'vitest';
import { ServerMessages } from '../../../../lib/engines/postgres/rules/server-messages.ts';

/** @param length what the message states; the true length by default */
function message(type: string, body: string | Buffer, length = Buffer.byteLength(body) + 4): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

const ERROR = message('E', 'SERROR\0C3D000\0Mdatabase "x" does not exist\0\0');
const SOUND = Buffer.concat([
  message('R', '\0\0\0\0'),
  message('N', '\0'),
  message('D', Buffer.alloc(70_000, 1)),
  ERROR,
  message('1', ''),
  message('Z', 'I'),
]);

/** Checks bytes that come in pieces of a size. */
function check(bytes: Buffer, size: number): void {
  const messages = new ServerMessages();
  for (let at = 0; at < bytes.length; at += size) messages.check(bytes.subarray(at, at + size));
}

describe('the messages of a PostgreSQL server', () => {
  it.each([1, 2, 3, 5, 7, 64, 1000, 1 << 20])('pass if they are valid, in pieces of %i bytes', (size) => {
    expect(() => check(Buffer.concat([SOUND, SOUND]), size)).not.toThrow();
  });

  it.each([
    ['whose length is too small', message('Z', 'I', 3), 'a message of 3 bytes'],
    ['of no length at all', message('Z', '', 0), 'a message of 0 bytes'],
    ['that is an error of a gigabyte', message('E', 'S', 0x40000000), 'an error of 1073741824 bytes'],
    ['that is an error without an end', message('E', 'SERROR\0Mx\0'), 'an error whose fields do not end'],
    ['that is an error within a field', message('E', 'SERROR'), 'an error whose fields do not end'],
    ['that is an empty error', message('E', ''), 'an error whose fields do not end'],
    ['that is a notice with something behind its end', message('N', 'Mx\0\0\0'), 'an error whose fields do not end'],
  ])('are refused with one %s', (_, bytes, why) => {
    for (const size of [1, 6, 1000]) expect(() => check(Buffer.concat([SOUND, bytes]), size), `${size}`).toThrow(why);
  });
});
