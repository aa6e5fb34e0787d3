/** How much of the task's disk the recovery of a physical backup takes. */

import type { PhysicalEngine } from '../../databases/names.ts';
import { isInRepository } from '../../databases/physical-tools.ts';
import type { Backup } from '../model.ts';

/** The largest disk that a task can have: RunTask accepts 21 to 200 GiB (API_EphemeralStorage of the ECS API). */
export const MAX_DISK_GIB = 200;
/** The part that the image takes, and the part that a spool leaves free. */
export const DISK_USED_GIB = 6;

const GIB = 1024 ** 3;

/**
 * How much larger the files of a compressed copy become, if no record says so. This is a guess: pages with text shrink
 * to a third.
 */
const GROWTH = 3;
/** What the replay of logs adds to the copy: rows that were inserted since. */
const REPLAY_GROWTH = 1.2;
/**
 * PostgreSQL fetches segments one by one, and drops them at each restartpoint. Two restartpoints are at most
 * max_wal_size apart, which is 1 GiB by default, and as much again stays until it is recycled.
 */
const KEPT_WAL_BYTES = 2 * GIB;

export type SizedLink = Pick<Backup, 'size_bytes' | 'object_bytes'>;

/**
 * The disk for everything, in bytes: the copy, and the complete dump of one of its databases, which is written before
 * the target is touched. One database is dumped at a time, and a dump has no indexes, so it is hardly larger than the
 * copy. If a dump doesn't fit, it is made twice instead (whole-dump.ts). So request this size, but don't refuse a
 * restore because of it.
 * @param chain the full backup first.
 * @param logBytes size of the archived logs to replay; 0 for the backup's own state.
 */
export function recoveryDiskBytes(engine: PhysicalEngine, chain: readonly SizedLink[], logBytes: number): number {
  const copy = copyBytes(engine, chain, logBytes);
  const withoutDump = copyDiskBytes(engine, chain, logBytes);
  // the increments and binary logs have been deleted by then
  return isInRepository(engine) ? withoutDump + copy : Math.max(withoutDump, copy + copy);
}

/**
 * The minimum disk for the copy, in bytes: the copy itself, what the replay adds, the increments until they are merged,
 * and the logs. pgBackRest restores a chain file by file, so its increments take no extra space, whereas InnoDB's are
 * unpacked next to the copy. All binary logs are on the disk at once.
 */
export function copyDiskBytes(engine: PhysicalEngine, chain: readonly SizedLink[], logBytes: number): number {
  const copy = copyBytes(engine, chain, logBytes);
  if (isInRepository(engine)) return copy + (logBytes > 0 ? KEPT_WAL_BYTES : 0);
  return copy + sum(chain.slice(1).map(unpackedBytes)) + logBytes;
}

function copyBytes(engine: PhysicalEngine, chain: readonly SizedLink[], logBytes: number): number {
  const growth = logBytes > 0 ? REPLAY_GROWTH : 1;
  if (isInRepository(engine)) {
    // pgBackRest's size is that of the whole server, even for an incremental backup
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
