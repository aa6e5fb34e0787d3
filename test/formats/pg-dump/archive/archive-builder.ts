/** Writes archives as pg_dump's custom format has them (`WriteHead`, `WriteToc`, `WriteInt`, `WriteStr`), of any version. */

export interface BuiltEntry {
  dumpId: number;
  desc: string;
  tag: string;
  namespace?: string;
  definition?: string;
  drop?: string;
  dependencies?: number[];
  /** Chunks of table data, or of each large object by its OID. */
  data?: Buffer[] | Map<number, Buffer[]>;
}

export interface BuiltArchive {
  minor: number;
  entries: BuiltEntry[];
  intSize?: number;
  format?: number;
}

function copyOf({ namespace, tag }: BuiltEntry): string {
  const names = [namespace, tag].filter((name) => name !== undefined);
  return `COPY ${names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.')} FROM stdin;\n`;
}

export function buildArchive({ minor, entries, intSize = 4, format = 1 }: BuiltArchive): Buffer {
  const int = (value: number) => {
    const raw = Buffer.alloc(intSize + 1);
    raw[0] = value < 0 ? 1 : 0;
    raw.writeUIntLE(Math.abs(value), 1, Math.min(intSize, 6));
    return raw;
  };
  const text = (value: string | null) => {
    if (value === null) return int(-1);
    const raw = Buffer.from(value);
    return Buffer.concat([int(raw.length), raw]);
  };
  const chunks = (list: Buffer[]) => [...list.flatMap((chunk) => [int(chunk.length), chunk]), int(0)];
  const parts: Buffer[] = [
    Buffer.from('PGDMP'),
    Buffer.from([1, minor, 0, intSize, 8, format]),
    minor >= 15 ? Buffer.from([1]) : int(-1),
    ...[21, 40, 13, 22, 10, 126, 0].map(int),
    ...['shop', '15.18 (Debian)', '15.18'].map(text),
    int(entries.length),
  ];
  for (const entry of entries) {
    const { dumpId, tag, desc, definition = '', drop = '', namespace = null, dependencies = [], data } = entry;
    parts.push(int(dumpId), int(data === undefined ? 0 : 1), text('1259'), text(`${16384 + dumpId}`), text(tag));
    parts.push(text(desc), int(2), text(definition), text(drop), text(desc === 'TABLE DATA' ? copyOf(entry) : null));
    parts.push(text(namespace), text(null));
    if (minor >= 14) parts.push(text('heap'));
    if (minor >= 16) parts.push(int(114));
    parts.push(text('postgres'), text('false'), ...dependencies.map((id) => text(`${id}`)), text(null));
    parts.push(Buffer.from([data === undefined ? 3 : 1]), Buffer.alloc(8));
  }
  for (const { dumpId, data } of entries) {
    if (data === undefined) continue;
    const blobs = data instanceof Map;
    parts.push(Buffer.from([blobs ? 3 : 1]), int(dumpId));
    if (!blobs) parts.push(...chunks(data));
    else parts.push(...[...data].flatMap(([oid, list]) => [int(oid), ...chunks(list)]), int(0));
  }
  return Buffer.concat(parts);
}

/** Everything in the format: names with spaces, an encoding, rows, no rows, large objects. */
export const SMALL: BuiltEntry[] = [
  { dumpId: 1, desc: 'ENCODING', tag: 'ENCODING', definition: "SET client_encoding = 'UTF8';\n" },
  { dumpId: 2, desc: 'SCHEMA', tag: 'sales', drop: 'DROP SCHEMA sales;\n' },
  {
    dumpId: 3,
    desc: 'TABLE',
    tag: 'Weird "näme"',
    namespace: 'sales',
    definition: `CREATE TABLE sales."Weird ""näme""" (note text DEFAULT '${'x'.repeat(300)}');\n`,
    drop: 'DROP TABLE sales."Weird ""näme""";\n',
    dependencies: [2, 1],
  },
  {
    dumpId: 4,
    desc: 'TABLE DATA',
    tag: 'Weird "näme"',
    namespace: 'sales',
    data: [Buffer.alloc(300, 1), Buffer.from('PGDMP')],
  },
  { dumpId: 5, desc: 'TABLE DATA', tag: 'empty', namespace: 'sales', data: [] },
  // 4294967295 is an OID above 2^31, which pg_dump writes as the integer -1.
  {
    dumpId: 6,
    desc: 'BLOBS',
    tag: 'BLOBS',
    data: new Map([
      [424242, [Buffer.alloc(70, 2)]],
      [-1, []],
    ]),
  },
];
