import { z } from 'zod';
import { databaseName, databaseNameRefusals, serversName } from './database-name.ts';
import { Conflict, Forbidden, Impossible, NotFound, type RequestError } from './errors.ts';
import { type Backup, type Connection, id, type Restore, TRIGGERS } from './records.ts';
import { mayAct, type Role } from './roles.ts';

/** The body of `POST /api/backups/{id}/restore`. */
export const restoreBody = z.strictObject({
  target_connection: id.nullish(),
  target_database: databaseName.nullish(),
  /** What is verified before: always, unless it passed in the last 24 hours, or nothing (for administrators). */
  verify: z.enum(['always', 'recent', 'skip']).default('always'),
});
export type VerifyMode = z.output<typeof restoreBody>['verify'];

/** The input of an execution of the restore state machine. By hand, `{"backup_id": "…"}` is enough. */
export const executionInput = restoreBody.extend({
  backup_id: id,
  trigger: z.enum(TRIGGERS).default('console'),
});
export type ExecutionInput = z.infer<typeof executionInput>;

/** Whether a record is of this very request: what an Idempotency-Key that comes again has to go with. */
export function isSameRequest(restore: Restore, request: ExecutionInput): boolean {
  return (
    restore.backup_id === request.backup_id &&
    restore.target_connection === (request.target_connection ?? null) &&
    restore.target_database === (request.target_database ?? null)
  );
}

/** What a restore is about, once its request has been found possible. */
export interface RestorePlan {
  backup: Backup;
  target: Connection;
  /** The database that is written. */
  database: string;
}

/**
 * Decides whether a backup can be restored as asked.
 * @throws NotFound, Conflict, Impossible
 */
export function planRestore(
  request: Pick<ExecutionInput, 'target_connection' | 'target_database'>,
  backup: Backup | undefined,
  target: Connection | undefined,
): RestorePlan {
  if (backup === undefined) throw backupNotFound();
  throwFirst(backupRefusals(backup));
  if (target === undefined) throw targetNotFound();
  const plan = { backup, target, database: request.target_database ?? backup.database_name };
  throwFirst(targetRefusals(plan));
  return plan;
}

/** The errors of a backup that cannot be restored, wherever to. */
export function backupRefusals(backup: Backup): RequestError[] {
  const refusals: RequestError[] = [];
  if (backup.status !== 'success') {
    refusals.push(
      new Conflict(`cannot restore backup with status: ${backup.status}`, {
        hint:
          backup.status === 'running'
            ? 'Wait until the backup has ended.'
            : 'Read the log of the backup, and restore one that succeeded.',
      }),
    );
  }
  if (backup.backup_type !== 'full') {
    refusals.push(
      new Impossible('cannot restore an incremental backup', { hint: 'Restore the full backup that it builds on.' }),
    );
  }
  return refusals;
}

/** The errors of a target that does not fit the backup. */
export function targetRefusals({ backup, target, database }: RestorePlan): RequestError[] {
  const refusals: RequestError[] = [];
  if (target.db_type !== backup.db_type) {
    refusals.push(
      new Impossible(`cannot restore a ${backup.db_type} backup to a ${target.db_type} server`, {
        hint: `Choose a target connection of type ${backup.db_type}.`,
      }),
    );
  }
  return [...refusals, ...databaseNameRefusals(target.db_type, database)];
}

/** The error of a verification left out by somebody who may not. */
export function skipRefusals(verify: VerifyMode, role: Role): RequestError[] {
  if (verify !== 'skip' || mayAct(role, 'admin')) return [];
  return [
    new Forbidden('only an administrator may restore a backup without verifying it', {
      hint: 'Leave "verify" out, or ask an administrator.',
    }),
  ];
}

/** The error of a target that an event may not write to: whoever may put events could otherwise overwrite production. */
export function eventRefusals({ name, event_restore_allowed }: Connection): RequestError[] {
  if (event_restore_allowed) return [];
  return [
    new Forbidden(`the connection ${name} does not allow restores that events start`, {
      hint: 'Set event_restore_allowed on the connection, or choose another target_connection.',
    }),
  ];
}

export function backupNotFound(): NotFound {
  return new NotFound('backup not found', { hint: 'Check the backup id.' });
}

export function targetNotFound(): NotFound {
  return new NotFound('target connection not found', {
    hint: 'Check target_connection against the list of connections.',
  });
}

/** @throws the first of the errors, where there is one */
export function throwFirst([first]: RequestError[]): void {
  if (first !== undefined) throw first;
}

/** The record of a restore that starts now. */
export function newRestore(restoreId: string, request: ExecutionInput, now: Date): Restore {
  return {
    id: restoreId,
    backup_id: request.backup_id,
    target_connection: request.target_connection ?? null,
    target_database: request.target_database ?? null,
    status: 'running',
    trigger: request.trigger,
    warnings: [],
    error: null,
    progress: null,
    duration_ms: null,
    log_output: '',
    execution_arn: null,
    verified: null,
    task: null,
    recovery: null,
    cancelled_by: null,
    task_stopped_at: null,
    started_at: now.toISOString(),
    completed_at: null,
    created_at: now.toISOString(),
  };
}

/** Names one database of one server, however the connection to it is called; the lock of a restore is taken on it. */
export function targetKey({ target, database }: Pick<RestorePlan, 'target' | 'database'>): string {
  return `${target.host.toLowerCase().replace(/\.$/, '')}:${target.port}/${serversName(target.db_type, database)}`;
}
