import { z } from 'zod';
import { recoveryTarget, timelineField } from '../engines/physical/recovery-target.ts';
import { tables } from '../engines/table-states.ts';
import { failure } from '../errors/failure.ts';
import { progress } from '../pipeline/progress.ts';
import { id, milliseconds, time } from '../storage/fields.ts';
import { TARGET_STATES } from './end/target-state.ts';

export const RESTORE_STATUSES = ['running', 'success', 'failed', 'cancelled'] as const;
export const TRIGGERS = ['api', 'event', 'console'] as const;

const duration = milliseconds.nullable();

export const restore = z.object({
  id,
  backup_id: id,
  /** A connection's id. Null means the backup's own connection. */
  target_connection: id.nullable(),
  target_database: z.string().nullable(),
  status: z.enum(RESTORE_STATUSES),
  trigger: z.enum(TRIGGERS),
  warnings: z.array(z.string()),
  error: failure.nullable(),
  progress: progress.nullable(),
  /** Null in records older than this field. */
  target_state: z.enum(TARGET_STATES).nullable().default(null),
  /** Null before the first write, in older records and in lists, and if no tables are known. */
  tables: tables.nullable().default(null),
  duration_ms: milliseconds.nullable(),
  log_output: z.string(),
  execution_arn: z.string().nullable(),
  /** The version that was verified: only this one is restored. The hash is null if nothing was verified. */
  verified: z.object({ etag: z.string(), sha256: z.string().nullable() }).nullable().default(null),
  /** The size requested for its task on AWS, with 1024 CPU units per vCPU, and the estimated price. */
  task: z
    .object({
      cpu_units: z.number().int().positive(),
      memory_mib: z.number().int().positive(),
      disk_gib: z.number().int().positive(),
      estimated_cost_usd: z.number().nonnegative(),
    })
    .nullable()
    .default(null),
  /** For a physical backup: the databases to restore, and the point. */
  recovery: z
    .object({
      /** The restores of one request. One task runs them in order. The first one's id is the execution's name. */
      restore_ids: z.array(id).min(1),
      source_database: z.string(),
      target: recoveryTarget,
      /**
       * For pgBackRest, the timeline to follow to a point. Null for the backup's own state, and until it has been
       * chosen.
       */
      timeline: timelineField.nullable().default(null),
      /** How far recovery of the copy got, in the server's words. Null until then. */
      reached: z.string().nullable(),
      /** How long each part of the request's task took. The load is that of this database only. */
      timings: z.object({ download_ms: duration, prepare_ms: duration, replay_ms: duration, load_ms: duration }),
    })
    .nullable()
    .default(null),
  /** The user who asked to stop the restore. */
  cancelled_by: z.string().nullable().default(null),
  /** When its task stopped; null while a task may be writing. */
  task_stopped_at: time.nullable().default(null),
  /** The only task that may write to the target, see end/claim.ts: its ARN, or its process on one machine. */
  claimed_by: z.string().nullable().default(null),
  /** When that task last wrote to this record, which it does at least every 10 s. */
  worker_seen_at: time.nullable().default(null),
  /** When that task was asked to stop because its execution had ended and it had not. */
  stop_asked_at: time.nullable().default(null),
  started_at: time,
  completed_at: time.nullable(),
  created_at: time,
  /**
   * The connection that the restore writes to, even if it is the backup's own. Missing if unknown, and in old records
   * of restores to the backup's own connection.
   */
  to_connection: id.optional(),
});
export type Restore = z.infer<typeof restore>;
export type RestoreStatus = Restore['status'];
