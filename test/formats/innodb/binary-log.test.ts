import { describe, expect, it } from 'vitest';
import { BinaryLogReader } from '../../../lib/formats/innodb/binary-log.ts';

const MAGIC = Buffer.from([0xfe, 0x62, 0x69, 0x6e]);
const [QUERY, STOP, ROTATE, START, XID, ROWS] = [2, 3, 4, 15, 16, 30] as const;
const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

function event(type: number, body: Buffer, seconds = 1_795_382_191, serverId = 7): Buffer {
  const header = Buffer.alloc(19);
  header.writeUInt32LE(seconds, 0);
  header.writeUInt8(type, 4);
  header.writeUInt32LE(serverId, 5);
  header.writeUInt32LE(19 + body.length, 9);
  return Buffer.concat([header, body]);
}

function mariadbGtid(sequence: bigint, domain: number, seconds: number): Buffer {
  const body = Buffer.alloc(19 + 4);
  body.writeBigUInt64LE(sequence, 0);
  body.writeUInt32LE(domain, 8);
  return event(162, body, seconds);
}

function mysqlGtid(number: bigint, seconds: number): Buffer {
  const body = Buffer.alloc(60);
  Buffer.from(UUID.replaceAll('-', ''), 'hex').copy(body, 1);
  body.writeBigInt64LE(number, 17);
  return event(33, body, seconds);
}

const start = event(START, Buffer.alloc(233));
const rows = event(ROWS, Buffer.alloc(5000, START));
const xid = event(XID, Buffer.alloc(12));

/** Reads a log that comes in chunks of that many bytes. */
function read(parts: Buffer[], chunkBytes = Number.POSITIVE_INFINITY) {
  const log = Buffer.concat(parts);
  const reader = new BinaryLogReader('binlog.000001');
  const found = [];
  for (let at = 0; at < log.length; at += chunkBytes) found.push(...reader.push(log.subarray(at, at + chunkBytes)));
  return { found, closed: reader.closed };
}

describe('transactions', () => {
  const log = [
    MAGIC,
    start,
    mariadbGtid(7n, 0, 1000),
    rows,
    xid,
    mariadbGtid(3n, 5, 1010),
    rows,
    event(ROTATE, Buffer.alloc(30)),
  ];
  const at = 4 + start.length;
  const found = [
    { position: at, seconds: 1000, gtid: '0-7-7' },
    { position: at + 42 + rows.length + xid.length, seconds: 1010, gtid: '5-7-3' },
  ];

  it.each([1, 3, 19, 44, 1000, Number.POSITIVE_INFINITY])('of MariaDB are found in chunks of %d bytes', (bytes) => {
    expect(read(log, bytes)).toEqual({ found, closed: true });
  });

  it('of MySQL are found, including those without a GTID', () => {
    const anonymous = event(34, Buffer.alloc(60), 1002);
    const tagged = event(42, Buffer.alloc(60), 1003);
    const { found } = read([MAGIC, start, mysqlGtid(12n, 1001), rows, xid, anonymous, rows, xid, tagged, rows]);
    expect(found.map(({ seconds, gtid }) => [seconds, gtid])).toEqual([
      [1001, `${UUID}:12`],
      [1002, null],
      [1003, null],
    ]);
  });
});

describe('the end of a log', () => {
  it.each([
    [event(STOP, Buffer.alloc(4)), true],
    [event(ROTATE, Buffer.alloc(30)), true],
    [xid, false],
  ])('%#: whether the server closed it', (last, closed) => {
    expect(read([MAGIC, start, mariadbGtid(7n, 0, 1000), rows, last], 50).closed).toBe(closed);
  });
});

describe('a log that cannot be replayed', () => {
  it.each([
    ['is refused if it is not a log', [Buffer.from('-- a dump'), start], 'is not a binary log'],
    [
      'is refused if MySQL encrypted it',
      [Buffer.from('fd62696e', 'hex'), start],
      'is encrypted by the database server',
    ],
    [
      'is refused if MariaDB encrypted it',
      [MAGIC, start, event(164, Buffer.alloc(17)), rows],
      'is encrypted by the database server',
    ],
    [
      'is refused if it is zeros after its start',
      [MAGIC, start, Buffer.alloc(100)],
      'is damaged: there is no event at position 256',
    ],
    [
      'is refused without GTID events',
      [MAGIC, start, event(QUERY, Buffer.alloc(50))],
      'does not say where its transactions begin',
    ],
  ])('%s', (_, parts, message) => {
    expect(() => read(parts)).toThrow(`binlog.000001 ${message}`);
    expect(() => read(parts, 2)).toThrow(`binlog.000001 ${message}`);
  });
});
