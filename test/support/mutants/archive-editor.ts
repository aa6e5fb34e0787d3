/** Takes a real custom-format archive apart, for tests that change its entries, and assembles it again. */

import { deflateSync } from 'node:zlib';
import { ArchiveReader } from '../../../lib/formats/pg-dump/archive/reader.ts';

/** An entry's fields, each as the archive has it. */
export interface EditedEntry {
  dumpId: number;
  hadDumper: number;
  tableOid: string;
  oid: string;
  tag: string;
  desc: string;
  section: number;
  definition: string;
  drop: string;
  copy: string | null;
  namespace: string | null;
  tablespace: string | null;
  accessMethod: string | null;
  relkind: number;
  owner: string;
  withOids: string;
  dependencies: string[];
  /** 1: has data, at an unknown position; 3: has none. */
  dataState: number;
}

export interface EditedArchive {
  entries: EditedEntry[];
  /** Replaces an entry's data. */
  setData(entry: EditedEntry, text: string): void;
  /** @returns the archive with the current entries */
  bytes(): Buffer;
  /** @returns a copy to change: faster than taking the archive apart again */
  copy(): EditedArchive;
}

const INT_BYTES = 5;
const OFFSET_BYTES = 8;

/** @param archive of pg_dump 12 to 17, on a usual machine */
export function editArchive(archive: Buffer): EditedArchive {
  const minor = archive[6] as number;
  let at = 11;
  const int = () => {
    const value = archive.readUInt32LE(at + 1);
    at += INT_BYTES;
    return archive[at - INT_BYTES] === 0 ? value : -value;
  };
  const text = () => {
    const length = int();
    if (length < 0) return null;
    at += length;
    return archive.toString('utf8', at - length, at);
  };
  if (minor >= 15) at++;
  else int();
  for (let i = 0; i < 7; i++) int();
  for (let i = 0; i < 3; i++) text();
  const head = archive.subarray(0, at);
  const entries = Array.from({ length: int() }, (): EditedEntry => {
    const entry: EditedEntry = {
      dumpId: int(),
      hadDumper: int(),
      tableOid: text() ?? '',
      oid: text() ?? '',
      tag: text() ?? '',
      desc: text() ?? '',
      section: int(),
      definition: text() ?? '',
      drop: text() ?? '',
      copy: text(),
      namespace: text(),
      tablespace: text(),
      accessMethod: minor >= 14 ? text() : null,
      relkind: minor >= 16 ? int() : 0,
      owner: text() ?? '',
      withOids: text() ?? '',
      dependencies: [],
      dataState: 0,
    };
    for (let id = text(); id !== null; id = text()) entry.dependencies.push(id);
    entry.dataState = archive[at] === 3 ? 3 : 1;
    at += 1 + OFFSET_BYTES;
    return entry;
  });
  const blocks = new Map<number, Buffer>();
  const reader = new ArchiveReader((dumpId, start, end) => blocks.set(dumpId, archive.subarray(start, end)));
  reader.push(archive);
  reader.end();
  return edited({ head, minor, entries, blocks });
}

interface Parts {
  head: Buffer;
  minor: number;
  entries: EditedEntry[];
  /** Of entries with data, by their number. */
  blocks: Map<number, Buffer>;
}

function edited({ head, minor, entries, blocks }: Parts): EditedArchive {
  return {
    entries,
    setData: ({ dumpId }, text) => {
      const chunk = deflateSync(text);
      blocks.set(
        dumpId,
        Buffer.concat([Buffer.from([1]), intBytes(dumpId), intBytes(chunk.length), chunk, intBytes(0)]),
      );
    },
    bytes: () => Buffer.concat([head, tocOf(entries, minor), ...blocks.values()]),
    copy: () => edited({ head, minor, entries: structuredClone(entries), blocks: new Map(blocks) }),
  };
}

function intBytes(value: number): Buffer {
  const raw = Buffer.alloc(INT_BYTES);
  raw[0] = value < 0 ? 1 : 0;
  raw.writeUInt32LE(Math.abs(value), 1);
  return raw;
}

function tocOf(entries: readonly EditedEntry[], minor: number): Buffer {
  const parts: Buffer[] = [];
  const int = (value: number) => parts.push(intBytes(value));
  const text = (value: string | null) => {
    const raw = Buffer.from(value ?? '');
    int(value === null ? -1 : raw.length);
    parts.push(raw);
  };
  int(entries.length);
  for (const entry of entries) {
    int(entry.dumpId);
    int(entry.hadDumper);
    for (const value of [entry.tableOid, entry.oid, entry.tag, entry.desc]) text(value);
    int(entry.section);
    for (const value of [entry.definition, entry.drop, entry.copy, entry.namespace, entry.tablespace]) text(value);
    if (minor >= 14) text(entry.accessMethod);
    if (minor >= 16) int(entry.relkind);
    for (const value of [entry.owner, entry.withOids, ...entry.dependencies, null]) text(value);
    parts.push(Buffer.from([entry.dataState]), Buffer.alloc(OFFSET_BYTES));
  }
  return Buffer.concat(parts);
}
