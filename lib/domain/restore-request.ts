import { z } from 'zod';
import { Conflict, Impossible, NotFound } from './errors.ts';
import { type Backup, type Connection, id, type Restore, TRIGGERS } from './records.ts';

/** No database has a longer name: PostgreSQL allows 63 bytes, MySQL and MariaDB 64 characters. */
const MAX_DATABASE_NAME_BYTES = { postgresql: 63, mysql: 256, mariadb: 256 } as const;
const MAX_DATABASE_NAME_CHARACTERS = 64;

export const databaseName = z
  .string()
  .min(1)
  .max(MAX_DATABASE_NAME_CHARACTERS)
  .refine((name) => !name.includes('\0'), 'must not hold a zero character');

/** The body of `POST /api/backups/{id}/restore`. */
export const restoreBody = z.strictObject({
  target_connection: id.nullish(),
  target_database: databaseName.nullish(),
});
export type RestoreBody = z.infer<typeof restoreBody>;

/** The input of an execution of the restore state machine. By hand, `{"backup_id": "…"}` is enough. */
export const executionInput = restoreBody.extend({
  backup_id: id,
  trigger: z.enum(TRIGGERS).default('console'),
});
export type ExecutionInput = z.infer<typeof executionInput>;

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
  if (backup === undefined) throw new NotFound('backup not found', { hint: 'Check the backup id.' });
  if (backup.status !== 'success') {
    throw new Conflict(`cannot restore backup with status: ${backup.status}`, {
      hint:
        backup.status === 'running'
          ? 'Wait until the backup has ended.'
          : 'Read the log of the backup, and restore one that succeeded.',
    });
  }
  if (backup.backup_type !== 'full') {
    throw new Impossible('cannot restore an incremental backup', {
      hint: 'Restore the full backup that it builds on.',
    });
  }
  if (target === undefined) {
    throw new NotFound('target connection not found', {
      hint: 'Check target_connection against the list of connections.',
    });
  }
  if (target.db_type !== backup.db_type) {
    throw new Impossible(`cannot restore a ${backup.db_type} backup to a ${target.db_type} server`, {
      hint: `Choose a target connection of type ${backup.db_type}.`,
    });
  }
  const database = request.target_database ?? backup.database_name;
  if (Buffer.byteLength(database) > MAX_DATABASE_NAME_BYTES[target.db_type]) {
    throw new Impossible(`the database name is longer than ${target.db_type} allows`, {
      hint: 'Choose a shorter name.',
    });
  }
  return { backup, target, database };
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
    started_at: now.toISOString(),
    completed_at: null,
    created_at: now.toISOString(),
  };
}

/** Names one database of one server, however the connection to it is called; the lock of a restore is taken on it. */
export function targetKey({ target, database }: Pick<RestorePlan, 'target' | 'database'>): string {
  return `${target.host.toLowerCase()}:${target.port}/${database}`;
}
