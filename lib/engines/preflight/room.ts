/** Compares the disk space that a dump takes at least with the free space. Pure. */
import type { DumpContents } from '../../formats/dump-contents.ts';
import type { TargetLook } from '../target-look.ts';
import type { Finding } from './findings.ts';

const MIB = 1024 ** 2;
const GIB = 1024 * MIB;

/** Rows take about as much space on the disk as in a dump, and indexes take more. An archive's rows are compressed. */
export function leastBytes(contents: DumpContents): number {
  return contents.kind === 'pg_dump'
    ? contents.dump_bytes
    : contents.tables.reduce((sum, table) => sum + table.data_bytes, 0);
}

export function roomFindings(contents: DumpContents, { freeBytes }: Pick<TargetLook, 'freeBytes'>): Finding[] {
  const least = leastBytes(contents);
  if (freeBytes === undefined || freeBytes === null || least <= freeBytes) return [];
  return [
    {
      id: 'disk-room',
      message: `the dump takes at least ${inUnits(least)} on the server's disk, without indexes, and ${inUnits(freeBytes)} are free; tables that it replaces give theirs back as it goes`,
    },
  ];
}

function inUnits(bytes: number): string {
  return bytes < GIB ? `${Math.ceil(bytes / MIB)} MiB` : `${(bytes / GIB).toFixed(1)} GiB`;
}
