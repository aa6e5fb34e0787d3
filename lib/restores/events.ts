/** The event that requests a restore, and the event that reports a change of a restore; docs/events.md has examples. */
import { z } from 'zod';
import type { Backup } from '../backups/model.ts';
import { databaseName } from '../databases/database-name.ts';
import { told } from '../errors/failure.ts';
import type { StatusChange } from '../storage/bus-event.ts';
import { id } from '../storage/fields.ts';
import type { Restore } from './model.ts';
import { restoreBody } from './request.ts';

/**
 * The source for requests from outside. Anyone who may send events with this source to the bus may restore to every
 * target that allows events.
 */
export const REQUEST_SOURCE = 'jagad-restore.requests';
export const RESTORE_REQUESTED = 'Restore Requested';
export const RESTORE_STATUS_CHANGE = 'Restore Status Change';

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

/** @param backup null if it is no longer in the catalogue. */
export function restoreStatusChange(restore: Restore, backup: Backup | null): StatusChange {
  const { id: restore_id, backup_id, status, trigger, duration_ms, execution_arn, started_at, completed_at } = restore;
  const target = {
    connection_id: restore.target_connection ?? backup?.connection_id ?? null,
    database: restore.target_database ?? backup?.database_name ?? null,
  };
  return {
    detailType: RESTORE_STATUS_CHANGE,
    detail: {
      ...{ restore_id, backup_id, status, trigger, target },
      // a running restore may already have the error that it is about to end with
      error: status === 'running' ? null : told(restore.error),
      target_state: restore.target_state,
      ...{ duration_ms, execution_arn, started_at, completed_at },
    },
  };
}
