/** The events that the service sends through EventBridge, and those that it receives; docs/events.md has examples. */
import { z } from 'zod';
import type { Failure } from '../errors/errors.ts';
import { databaseName } from './database-name.ts';
import type { Backup, Restore } from './records.ts';
import { id } from './records.ts';
import { restoreBody } from './restore-request.ts';

/**
 * The source of every event that the service itself sends. Nothing in the service listens to it: that would be a loop.
 */
export const OWN_SOURCE = 'jagad-restore';
/**
 * The source for other parties' requests: anyone who may send events with it to the bus may restore to every target
 * that allows events.
 */
export const REQUEST_SOURCE = 'jagad-restore.requests';

export const RESTORE_REQUESTED = 'Restore Requested';
export const STATUS_CHANGES = {
  restore: 'Restore Status Change',
  verification: 'Backup Verification Status Change',
  planRun: 'Recovery Plan Run Status Change',
} as const;

/** The part of an EventBridge event ("AWS service event metadata") that is read here. */
export const busEvent = z.looseObject({
  id: z.string().min(1).max(200),
  source: z.string(),
  'detail-type': z.string(),
  account: z.string(),
  time: z.iso.datetime(),
  detail: z.record(z.string(), z.unknown()),
});
export type BusEvent = z.infer<typeof busEvent>;

/** The detail of `Restore Requested`. An event can't skip the verification. */
export const restoreRequest = z
  .strictObject({
    backup_id: id.optional().describe('without it, connection_id and database choose the newest verified backup'),
    connection_id: id.optional(),
    database: databaseName.optional(),
    target_connection: id,
    target_database: databaseName.nullish(),
    verify: restoreBody.shape.verify.removeDefault().exclude(['skip']).default('always'),
  })
  .refine(
    ({ backup_id, connection_id, database }) =>
      backup_id === undefined
        ? connection_id !== undefined && database !== undefined
        : connection_id === undefined && database === undefined,
    'give a backup_id, or connection_id and database',
  );

export interface StatusChange {
  detailType: string;
  detail: Record<string, unknown>;
}

/** @param backup null if it is no longer in the catalogue. */
export function restoreStatusChange(restore: Restore, backup: Backup | null): StatusChange {
  const { id: restore_id, backup_id, status, trigger, duration_ms, execution_arn, started_at, completed_at } = restore;
  const target = {
    connection_id: restore.target_connection ?? backup?.connection_id ?? null,
    database: restore.target_database ?? backup?.database_name ?? null,
  };
  return {
    detailType: STATUS_CHANGES.restore,
    detail: {
      ...{ restore_id, backup_id, status, trigger, target },
      // a running one may hold an error that it is about to end with
      error: status === 'running' ? null : told(restore.error),
      target_state: restore.target_state,
      ...{ duration_ms, execution_arn, started_at, completed_at },
    },
  };
}

export function verificationStatusChange(backup: Backup): StatusChange {
  const { id: backup_id, connection_id, database_name, db_type, storage_path, verified_at } = backup;
  return {
    detailType: STATUS_CHANGES.verification,
    detail: {
      ...{ backup_id, connection_id, database: database_name, db_type, storage_path },
      ...{ status: backup.verify_status, verified_at, error: backup.verify_error },
      attempt: backup.verify_attempt && { ...backup.verify_attempt, error: told(backup.verify_attempt.error) },
    },
  };
}

/** An event has space for 256 KiB; a rule matches the code. */
function told(error: Failure | null): Failure | null {
  return error && { ...error, message: error.message.slice(0, 1000) };
}
