/** How large the Fargate task of a restore is, and what that costs: by the backup's sizes alone. */

import type { Backup } from '../../backups/model.ts';
import { DISK_USED_GIB, MAX_DISK_GIB } from '../../backups/physical/recovery-disk.ts';
import { ENGINES } from '../../databases/engines.ts';

const GIB = 1024 ** 3;

export interface TaskSize {
  /** 1024 to a vCPU. */
  cpu_units: number;
  memory_mib: number;
  disk_gib: number;
  /** Of the task only: neither the target nor the transfer of the object. */
  estimated_cost_usd: number;
}

/**
 * vCPUs by the size of the dump. More let more sessions load at once, which pays off as soon as that takes minutes; the
 * time, and with it the price of all CPUs together, is about the same. Beyond four it is the target that is waited for:
 * eight sessions, two for each CPU, are as many workers as a PostgreSQL server has by default.
 */
const VCPUS: readonly { upToBytes: number; vcpus: number }[] = [
  { upToBytes: GIB, vcpus: 1 },
  { upToBytes: 20 * GIB, vcpus: 2 },
  { upToBytes: Number.POSITIVE_INFINITY, vcpus: 4 },
];
/**
 * The least that Fargate has with so many vCPUs (1, 2 and 4 come with 2, 4 and 8 GiB at least): a restore takes some
 * hundred MiB, whatever the size, and the rest caches the disk.
 * Valid pairs: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
 */
const MEMORY_MIB_PER_VCPU = 2048;

/** What a task may be given: RunTask takes 21 to 200 GiB (API_EphemeralStorage of the ECS API). */
const MIN_DISK_GIB = 21;

/** Bytes on the disk that one vCPU downloads, prepares, replays, dumps and loads a second: a guess, not measured on AWS. */
const RECOVERED_BYTES_PER_SECOND = 5_000_000;
/** Pulling the image and starting, which is paid for too; less than a minute is billed as one. */
const START_SECONDS = 60;

/** On demand, Linux on ARM, us-east-1, March 2026 (https://aws.amazon.com/fargate/pricing/); other regions differ by a third. */
const USD_PER_HOUR = { vcpu: 0.03238, memoryGib: 0.00356, diskGib: 0.000111 };
/** Of the disk, what costs nothing. */
const FREE_DISK_GIB = 20;

/** @returns the same for the same backup: nothing of the target is known to it */
export function taskSize({ db_type, object_bytes, size_bytes }: SizedBackup): TaskSize {
  const { growth, bytesPerSecond, spools } = ENGINES[db_type].size;
  const bytes = size_bytes ?? (object_bytes ?? 0) * growth;
  // a dump that turns out to be larger than the disk streams
  const spoolGib = spools ? Math.ceil(bytes / GIB) : 0;
  const fits = spoolGib + DISK_USED_GIB <= MAX_DISK_GIB;
  const disk_gib = fits ? Math.max(MIN_DISK_GIB, spoolGib + DISK_USED_GIB) : MIN_DISK_GIB;
  // what does not fit streams into one session: one vCPU for that, and one for what comes before it
  const vcpus = fits ? (VCPUS.find(({ upToBytes }) => bytes <= upToBytes)?.vcpus ?? 1) : 2;
  const sessionsVcpus = fits ? vcpus : 1;
  return sized(vcpus, disk_gib, bytes / (bytesPerSecond * sessionsVcpus));
}

/**
 * The size for a physical backup, which needs the disk for a copy of the server: the caller refuses what does not fit.
 * @param disk_bytes of what lies there at once.
 */
export function recoveryTaskSize({ disk_bytes }: { disk_bytes: number }): TaskSize {
  const disk_gib = Math.min(MAX_DISK_GIB, Math.max(MIN_DISK_GIB, Math.ceil(disk_bytes / GIB) + DISK_USED_GIB));
  const vcpus = VCPUS.find(({ upToBytes }) => disk_bytes <= upToBytes)?.vcpus ?? 1;
  return sized(vcpus, disk_gib, disk_bytes / (RECOVERED_BYTES_PER_SECOND * vcpus));
}

/** @param seconds without the start. */
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

/** To a hundredth of a cent. */
function rounded(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}

/** As RunTask's overrides take them: strings, but for the disk. */
export interface TaskOverrides {
  cpu: string;
  memory: string;
  disk_gib: number;
}

export function taskOverrides({ cpu_units, memory_mib, disk_gib }: TaskSize): TaskOverrides {
  return { cpu: `${cpu_units}`, memory: `${memory_mib}`, disk_gib };
}
