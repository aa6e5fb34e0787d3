/** How much of the task's disk recovering a physical backup takes. */

import type { PhysicalEngine } from '../../databases/names.ts';
import { isInRepository } from '../../databases/physical-tools.ts';
import type { Backup } from '../model.ts';

/** The most that a task may be given: RunTask takes 21 to 200 GiB (API_EphemeralStorage of the ECS API). */
export const MAX_DISK_GIB = 200;
/** The part that the image takes, and the part that a spool leaves free. */
export const DISK_USED_GIB = 6;

const GIB = 1024 ** 3;

/**
 * How large a compressed copy of a server's files becomes, if no record says so. A guess: text pages shrink to a third.
 */
const GROWTH = 3;
/** What replaying logs adds to the copy: rows that were inserted since. */
const REPLAY_GROWTH = 1.2;
/**
 * PostgreSQL fetches segments one by one, and drops them at each restartpoint: two restartpoints are at most
 * max_wal_size apart, 1 GiB by default, and as much again stays until it is recycled.
 */
const KEPT_WAL_BYTES = 2 * GIB;

export type SizedLink = Pick<Backup, 'size_bytes' | 'object_bytes'>;

/**
 * Bytes of disk for everything: the copy, and the complete dump of one of its databases, which is written before the
 * target is touched. One database is dumped at a time, and a dump has no indexes: it is hardly larger than the copy. If
 * a dump doesn't fit, it is made twice instead (whole-dump.ts), so this is the size to request, not the limit for
 * refusing.
 * @param chain the full backup first.
 * @param logBytes of the archived logs to replay, 0 for the backup's own end.
 */
export function recoveryDiskBytes(engine: PhysicalEngine, chain: readonly SizedLink[], logBytes: number): number {
  const copy = copyBytes(engine, chain, logBytes);
  const withoutDump = copyDiskBytes(engine, chain, logBytes);
  // increments and binary logs have been removed by then
  return isInRepository(engine) ? withoutDump + copy : Math.max(withoutDump, copy + copy);
}

/**
 * The minimum bytes of disk that the copy needs: the copy itself, what the replay adds, the increments until they are
 * merged, and the logs. pgBackRest restores a chain file by file, so its increments take no extra space; those of
 * InnoDB are unpacked next to the copy. All binary logs are on the disk at once.
 */
export function copyDiskBytes(engine: PhysicalEngine, chain: readonly SizedLink[], logBytes: number): number {
  const copy = copyBytes(engine, chain, logBytes);
  if (isInRepository(engine)) return copy + (logBytes > 0 ? KEPT_WAL_BYTES : 0);
  return copy + sum(chain.slice(1).map(unpackedBytes)) + logBytes;
}

function copyBytes(engine: PhysicalEngine, chain: readonly SizedLink[], logBytes: number): number {
  const growth = logBytes > 0 ? REPLAY_GROWTH : 1;
  if (isInRepository(engine)) {
    // pgBackRest's size is that of the whole server, even for an increment
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
