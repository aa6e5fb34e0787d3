/** The decisions of the restore wizard. Pure. */

import type { Role } from '../../../../lib/accounts/roles.ts';
import type { BodyInputOf } from '../../../../lib/api/routes.ts';
import type { Preview } from '../../../../lib/backups/schemas.ts';
import type { Connection } from '../../../../lib/connections/model.ts';
import { databaseName, databaseNameRefusals } from '../../../../lib/databases/database-name.ts';
import { restoreBody, skipRefusals, type VerifyMode } from '../../../../lib/restores/request.ts';
import { sentence } from '../../format/sentence.ts';
import type { Backup } from '../backups/restorable.ts';

export interface RestoreForm {
  /** Empty until a server is chosen. */
  connectionId: string;
  database: string;
  verify: VerifyMode;
}

export type RestoreBody = BodyInputOf<'POST /api/backups/{id}/restore'>;
type Source = Pick<Backup, 'connection_id' | 'database_name'>;

/**
 * The form's content in the page's address, so that it survives a reload and a second try:
 * `?target_connection=…&target_database=…&verify=…`.
 */
export function formOf(address: URLSearchParams, backup: Source, role: Role): RestoreForm {
  const verify = restoreBody.shape.verify.safeParse(address.get('verify') ?? undefined).data ?? 'always';
  return {
    connectionId: address.get('target_connection') ?? '',
    database: address.get('target_database') || backup.database_name,
    verify: skipRefusals(verify, role).length === 0 ? verify : 'always',
  };
}

/**
 * The form with the server that applies: the chosen one, or else the backup's own, if it is certain which one that is.
 */
export function withServer<F extends { connectionId: string }>(
  form: F,
  backup: Pick<Backup, 'connection_id'>,
  doubt: string | undefined,
): F {
  return { ...form, connectionId: form.connectionId || (doubt === undefined ? backup.connection_id : '') };
}

/** The address for a form. */
export function addressOf(form: RestoreForm): URLSearchParams {
  return new URLSearchParams({
    ...(form.connectionId === '' ? {} : { target_connection: form.connectionId }),
    target_database: form.database,
    verify: form.verify,
  });
}

/** The request body. Values that are the same as the backup's own are left out, so it may be `{}`. */
export function requestBody(form: RestoreForm, backup: Source, doubt: string | undefined): RestoreBody {
  return {
    ...targetField(form, backup, doubt),
    ...(form.database === backup.database_name ? {} : { target_database: form.database }),
    verify: form.verify,
  };
}

/**
 * If it isn't certain which server is the backup's own, the API refuses to use it by default, so the target is always
 * sent.
 */
export function targetField(
  { connectionId }: Pick<RestoreForm, 'connectionId'>,
  backup: Pick<Backup, 'connection_id'>,
  doubt: string | undefined,
): Pick<RestoreBody, 'target_connection'> {
  return doubt === undefined && connectionId === backup.connection_id ? {} : { target_connection: connectionId };
}

/** Why a server can't be the target for the backup. */
export function unfit(server: Pick<Connection, 'db_type'>, backup: Pick<Backup, 'db_type'>): string | undefined {
  return server.db_type === backup.db_type ? undefined : 'It runs a different database engine from the backup.';
}

/** Why a backup of this engine can't be restored into a database with this name. */
export function nameProblem(name: string, { db_type }: Pick<Backup, 'db_type'>): string | undefined {
  const refusal = databaseNameRefusals(db_type, name)[0];
  return noNameProblem(name) ?? (refusal && `${sentence(refusal.message)} Choose another name.`);
}

/** Why a text can't be the name of any database. */
export function noNameProblem(name: string): string | undefined {
  const issue = databaseName.safeParse(name).error?.issues[0];
  switch (issue?.code) {
    case undefined:
      return undefined;
    case 'too_small':
      return 'Enter the name of the database.';
    case 'too_big':
      return `The name may have at most ${issue.maximum} characters.`;
    default:
      return `The name ${issue?.message}.`;
  }
}

/** The state of a check. */
export interface Check {
  preview: Preview | undefined;
  isChecking: boolean;
  failed: boolean;
}

/** Why a restore can't continue after its review. */
export function blockOf({ preview, isChecking, failed }: Check): string | undefined {
  if (isChecking) return 'The target is still being checked: wait until the check is done.';
  if (failed || preview === undefined) return 'The target could not be checked. Check again before you go on.';
  if (preview.obstacles.length === 0) return undefined;
  return 'This restore is blocked. Fix the blockers and check again, or choose another target.';
}

/** Whether the target is certainly the database that the backup comes from. */
export function isOriginal(form: RestoreForm, backup: Source, doubt: string | undefined): boolean {
  return doubt === undefined && form.connectionId === backup.connection_id && form.database === backup.database_name;
}

/** The name to type before a restore may start; undefined if the restore creates a new database. */
export function nameToType(
  form: RestoreForm,
  backup: Source,
  doubt: string | undefined,
  preview: Preview | undefined,
): string | undefined {
  // if it isn't known whether the database exists, assume that it does
  return preview?.database_exists === false && !isOriginal(form, backup, doubt) ? undefined : form.database;
}
