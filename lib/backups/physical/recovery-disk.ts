/** What recovering a physical backup takes of the task's disk. */

import type { PhysicalEngine } from '../../databases/names.ts';
import { isInRepository } from '../../databases/physical-tools.ts';
import type { Backup } from '../model.ts';

/** The most that a task may be given: RunTask takes 21 to 200 GiB (API_EphemeralStorage of the ECS API). */
export const MAX_DISK_GIB = 200;
/** Of it, what the image takes, and what a spool leaves free. */
export const DISK_USED_GIB = 6;

const GIB = 1024 ** 3;

/** How large a compressed copy of a server's files becomes, if no record says so. A guess: pages of text shrink to a third. */
const GROWTH = 3;
/** What replaying logs adds to the copy itself: rows that were inserted since. */
const REPLAY_GROWTH = 1.2;
/**
 * PostgreSQL fetches segments one by one, and drops them at each restartpoint: two of these apart by max_wal_size at the
 * most, 1 GiB by default, and as much again until they are recycled.
 */
const KEPT_WAL_BYTES = 2 * GIB;

export type SizedLink = Pick<Backup, 'size_bytes' | 'object_bytes'>;

/**
 * Bytes of disk for all of it: the copy, and the dump of a database that is taken out of it, which lies there whole before
 * the target is touched. One database is dumped at a time, and a dump has no indexes: it is hardly larger than the copy.
 * A dump that has no room is made twice instead (whole-dump.ts), so this is what to ask for, and not what to refuse by.
 * @param chain the full backup first.
 * @param logBytes of the archived logs that are replayed, 0 for the backup's own end.
 */
export function recoveryDiskBytes(engine: PhysicalEngine, chain: readonly SizedLink[], logBytes: number): number {
  const copy = copyBytes(engine, chain, logBytes);
  const withoutDump = copyDiskBytes(engine, chain, logBytes);
  // increments and binary logs are gone by then
  return isInRepository(engine) ? withoutDump + copy : Math.max(withoutDump, copy + copy);
}

/**
 * Bytes of disk that the copy needs at least: the copy, grown by what is replayed, the increments until they are merged
 * into it, and the logs. pgBackRest restores a chain file by file, so that of its increments nothing is there besides;
 * those of InnoDB are unpacked beside the copy. Binary logs are all there at once.
 */
export function copyDiskBytes(engine: PhysicalEngine, chain: readonly SizedLink[], logBytes: number): number {
  const copy = copyBytes(engine, chain, logBytes);
  if (isInRepository(engine)) return copy + (logBytes > 0 ? KEPT_WAL_BYTES : 0);
  return copy + sum(chain.slice(1).map(unpackedBytes)) + logBytes;
}

function copyBytes(engine: PhysicalEngine, chain: readonly SizedLink[], logBytes: number): number {
  const growth = logBytes > 0 ? REPLAY_GROWTH : 1;
  if (isInRepository(engine)) {
    // what pgBackRest calls the size is the whole server's, also of an increment
    const copy = chain.at(-1)?.size_bytes ?? sum(chain.map(({ object_bytes }) => (object_bytes ?? 0) * GROWTH));
    return Math.ceil(copy * growth);
  }
  const [full] = chain;
  return Math.ceil((full === undefined ? 0 : unpackedBytes(full)) * growth);
}

function unpackedBytes({ size_bytes, object_bytes }: SizedLink): number {
  return size_bytes ?? (object_bytes ?? 0) * GROWTH;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
