/** What database servers say, as bytes: PostgreSQL's messages and MySQL's packets. */

export function postgresMessage(type: string, body: Buffer, length = body.length + 4): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeInt32BE(length, 1);
  return Buffer.concat([header, body]);
}

export function mysqlPacket(sequence: number, body: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(body.length, 0, 3);
  header[3] = sequence;
  return Buffer.concat([header, body]);
}

export const LOGGED_IN = postgresMessage('R', Buffer.alloc(4));
export const READY = postgresMessage('Z', Buffer.from('I'));
export const GREETING = Buffer.concat([
  Buffer.from('\x0a8.0.36\0\x01\0\0\0abcdefgh\0', 'latin1'),
  Buffer.from([0xff, 0xf7, 8, 2, 0, 0x0f, 0x80, 21, ...Array(10).fill(0)]),
  Buffer.from('abcdefghijkl\0mysql_native_password\0'),
]);
export const OK = mysqlPacket(2, Buffer.from([0, 0, 0, 2, 0, 0, 0]));
