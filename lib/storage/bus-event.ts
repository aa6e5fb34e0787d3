/** The events that the service sends by EventBridge, and those that it receives; docs/events.md has examples. */
import { z } from 'zod';
import type { Backup, Restore } from '../api/records.ts';
import { id } from '../api/records.ts';
import { databaseName } from '../databases/database-name.ts';
import type { Failure } from '../errors/errors.ts';
import { restoreBody } from '../restores/request.ts';

/** Of every event that the service itself puts. Nothing that it starts listens to this one: that would be a loop. */
export const OWN_SOURCE = 'jagad-restore';
/** Source of other parties' requests: whoever may put events from it on the bus may restore wherever events are allowed to. */
export const REQUEST_SOURCE = 'jagad-restore.requests';

export const RESTORE_REQUESTED = 'Restore Requested';
export const STATUS_CHANGES = {
  restore: 'Restore Status Change',
  verification: 'Backup Verification Status Change',
  planRun: 'Recovery Plan Run Status Change',
} as const;

/** An event as EventBridge delivers it ("AWS service event metadata"), as far as it is read here. */
export const busEvent = z.looseObject({
  id: z.string().min(1).max(200),
  source: z.string(),
  'detail-type': z.string(),
  account: z.string(),
  time: z.iso.datetime(),
  detail: z.record(z.string(), z.unknown()),
});
export type BusEvent = z.infer<typeof busEvent>;

/** The detail of `Restore Requested`. An event can't leave out the verification. */
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

/** An event has room for 256 KiB; a rule asks for the code. */
function told(error: Failure | null): Failure | null {
  return error && { ...error, message: error.message.slice(0, 1000) };
}
