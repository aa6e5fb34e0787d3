/** From when to when a physical backup can be taken, and what it takes. */
import { z } from 'zod';
import { type Backup, backup, physicalEngine } from '../records.ts';
import { type Chain, nameOf, unreadOf } from './chain.ts';
import type { LogRun } from './log-run.ts';
import { recoveryDiskBytes } from './recovery-disk.ts';
import type { RecoveryTarget } from './recovery-target.ts';

const KINDS = ['backup', 'time', 'transaction', 'name', 'gtid'] as const satisfies RecoveryTarget['kind'][];

const bytes = z.number().int().nonnegative();
const time = z.iso.datetime();

export const recoveryWindow = z.object({
  backup_id: z.uuid(),
  engine: physicalEngine,
  chain: z
    .array(
      z.object({
        backup_id: z.uuid(),
        ...backup.pick({
          label: true,
          backup_type: true,
          completed_at: true,
          from_lsn: true,
          to_lsn: true,
          object_bytes: true,
          size_bytes: true,
        }).shape,
      }),
    )
    .describe('what is put together, the full backup first'),
  complete: z.boolean().describe('whether the chain, and the logs that the backup itself needs, are all there'),
  missing: z.array(z.string()).describe('what is not there, in words'),
  unread: z
    .array(z.uuid())
    .describe(
      'archives of the chain that were never read to their end, by backup: until they are verified, what they are is as recorded, which may be wrong; a restore reads them first',
    ),
  notes: z.array(z.string()).describe('why the window ends where it does, and what could not be told, in words'),
  earliest: time.nullable().describe("the backup's own end"),
  latest: time.nullable().describe('up to when its archived logs reach'),
  latest_is_estimate: z
    .boolean()
    .describe('true where `latest` is when the newest log was archived: its last change is a little older'),
  latest_is_open: z.boolean().describe('true where there were more archived logs than a call has time to list'),
  targets: z.array(z.enum(KINDS)).describe('the kinds of points that it can be taken to'),
  disk_bytes: bytes.describe(
    "on the task's disk, to recover up to `latest`: the copy and a fifth more for what is replayed, the increments and logs that lie beside it",
  ),
  log_bytes: bytes.describe('of the archived logs, as they lie in the bucket'),
});
export type RecoveryWindow = z.infer<typeof recoveryWindow>;

/** What is found of a backup where its objects lie. */
export interface FoundLogs extends LogRun {
  /** Whether there may be more than was listed. */
  isCut: boolean;
}

/**
 * @param asked a physical backup.
 * @param logs of its server, archived after it.
 * @throws Error for a dump.
 */
export function windowOf(asked: Backup, { chain, missing }: Chain, logs: FoundLogs): RecoveryWindow {
  const { engine, completed_at } = asked;
  if (engine === null) throw new Error(`backup ${asked.id} is a dump`);
  const notes = [...logs.notes];
  const problems = [...missing, ...logs.missing];
  if (completed_at === null) problems.push(`the record of backup ${nameOf(asked)} does not say when it ended`);
  if (logs.isCut) notes.push('there are more archived logs than could be listed in the time of a call');
  const complete = problems.length === 0;
  const earliest = complete ? completed_at : null;
  const last = logs.logs.at(-1)?.storedAt.toISOString();
  // PostgreSQL archives the backup's last segment before it ends the backup
  const latest = earliest === null || last === undefined || last < earliest ? earliest : last;
  const log_bytes = logs.logs.reduce((sum, log) => sum + log.bytes, 0);
  return {
    backup_id: asked.id,
    engine,
    chain: chain.map(({ id, label, backup_type, completed_at: at, from_lsn, to_lsn, object_bytes, size_bytes }) => ({
      ...{ backup_id: id, label, backup_type, completed_at: at, from_lsn, to_lsn, object_bytes, size_bytes },
    })),
    complete,
    missing: problems,
    unread: unreadOf(chain).map(({ id }) => id),
    notes,
    earliest,
    latest,
    latest_is_estimate: latest !== null && latest === last,
    latest_is_open: complete && logs.isCut,
    targets: complete ? kindsOf(engine, last !== undefined) : [],
    disk_bytes: recoveryDiskBytes(engine, chain, log_bytes),
    log_bytes,
  };
}

/** The kinds of points that a backup of this engine can be taken to. @param hasLogs whether there are archived logs. */
export function kindsOf(engine: RecoveryWindow['engine'], hasLogs: boolean): RecoveryWindow['targets'] {
  if (!hasLogs) return ['backup'];
  return engine === 'pgbackrest' ? ['backup', 'time', 'transaction', 'name'] : ['backup', 'time', 'gtid'];
}
