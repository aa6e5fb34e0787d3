/** The size of a restore's Fargate task, and its price. Both depend only on the backup's sizes. */

import type { Backup } from '../../backups/model.ts';
import { DISK_USED_GIB, MAX_DISK_GIB } from '../../backups/physical/recovery-disk.ts';
import { ENGINES } from '../../databases/engines.ts';

const GIB = 1024 ** 3;

export interface TaskSize {
  /** CPU units per vCPU. */
  cpu_units: number;
  memory_mib: number;
  disk_gib: number;
  /** Only the task's price, without the target and without the transfer of the object. */
  estimated_cost_usd: number;
}

/**
 * The number of vCPUs by the size of the dump. More CPUs let more sessions load at once, which pays off as soon as
 * loading takes minutes; the total CPU time, and with it the price, stays about the same. Beyond four, the target is
 * the bottleneck: eight sessions, two per CPU, are as many workers as a PostgreSQL server has by default.
 */
const VCPUS: readonly { upToBytes: number; vcpus: number }[] = [
  { upToBytes: GIB, vcpus: 1 },
  { upToBytes: 20 * GIB, vcpus: 2 },
  { upToBytes: Number.POSITIVE_INFINITY, vcpus: 4 },
];
/**
 * Fargate's minimum for this many vCPUs (1, 2 and 4 need at least 2, 4 and 8 GiB): a restore takes some hundred MiB,
 * whatever the size, and the rest caches the disk. Valid pairs:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
 */
const MEMORY_MIB_PER_VCPU = 2048;

/** The possible disk sizes: RunTask accepts 21 to 200 GiB (API_EphemeralStorage in the ECS API). */
const MIN_DISK_GIB = 21;

/**
 * How many bytes of disk one vCPU downloads, prepares, replays, dumps and loads per second. This is a guess, not
 * measured on AWS.
 */
const RECOVERED_BYTES_PER_SECOND = 5_000_000;
/** The time to pull the image and to start, which is billed too. Less than a minute is billed as a minute. */
const START_SECONDS = 60;

/**
 * On-demand prices, Linux on ARM, us-east-1, March 2026 (https://aws.amazon.com/fargate/pricing/). Other regions differ
 * by up to a third.
 */
const USD_PER_HOUR = { vcpu: 0.03238, memoryGib: 0.00356, diskGib: 0.000111 };
/** The part of the disk that is free of charge. */
const FREE_DISK_GIB = 20;

/** @returns the same size for the same backup, whatever its target */
export function taskSize({ db_type, object_bytes, size_bytes }: SizedBackup): TaskSize {
  const { growth, bytesPerSecond, spools } = ENGINES[db_type].size;
  const bytes = size_bytes ?? (object_bytes ?? 0) * growth;
  // a dump that turns out to be larger than the disk is streamed
  const spoolGib = spools ? Math.ceil(bytes / GIB) : 0;
  const fits = spoolGib + DISK_USED_GIB <= MAX_DISK_GIB;
  const disk_gib = fits ? Math.max(MIN_DISK_GIB, spoolGib + DISK_USED_GIB) : MIN_DISK_GIB;
  // a dump that doesn't fit is streamed into one session: one vCPU for that, and one for the steps before it
  const vcpus = fits ? (VCPUS.find(({ upToBytes }) => bytes <= upToBytes)?.vcpus ?? 1) : 2;
  const sessionsVcpus = fits ? vcpus : 1;
  return sized(vcpus, disk_gib, bytes / (bytesPerSecond * sessionsVcpus));
}

/**
 * The size for a physical backup, which needs the disk for a copy of the server. The caller refuses a backup that
 * doesn't fit.
 * @param disk_bytes that are needed at the same time.
 */
export function recoveryTaskSize({ disk_bytes }: { disk_bytes: number }): TaskSize {
  const disk_gib = Math.min(MAX_DISK_GIB, Math.max(MIN_DISK_GIB, Math.ceil(disk_bytes / GIB) + DISK_USED_GIB));
  const vcpus = VCPUS.find(({ upToBytes }) => disk_bytes <= upToBytes)?.vcpus ?? 1;
  return sized(vcpus, disk_gib, disk_bytes / (RECOVERED_BYTES_PER_SECOND * vcpus));
}

/** @param seconds without the time to start. */
function sized(vcpus: number, disk_gib: number, seconds: number): TaskSize {
  const hours = (START_SECONDS + seconds) / 3600;
  const memory_mib = vcpus * MEMORY_MIB_PER_VCPU;
  const usdPerHour =
    vcpus * USD_PER_HOUR.vcpu +
    (memory_mib / 1024) * USD_PER_HOUR.memoryGib +
    (disk_gib - FREE_DISK_GIB) * USD_PER_HOUR.diskGib;
  return { cpu_units: vcpus * 1024, memory_mib, disk_gib, estimated_cost_usd: rounded(usdPerHour * hours) };
}

type SizedBackup = Pick<Backup, 'db_type' | 'object_bytes' | 'size_bytes'>;

/** Rounds to a hundredth of a cent. */
function rounded(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}

/** The size in the form of RunTask's overrides: all values are strings, except the disk's. */
export interface TaskOverrides {
  cpu: string;
  memory: string;
  disk_gib: number;
}

export function taskOverrides({ cpu_units, memory_mib, disk_gib }: TaskSize): TaskOverrides {
  return { cpu: `${cpu_units}`, memory: `${memory_mib}`, disk_gib };
}
