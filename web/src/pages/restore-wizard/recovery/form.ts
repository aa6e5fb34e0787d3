/** The wizard's decisions for a physical backup. Pure. */

import type { Preview } from '../../../../../lib/backups/schemas.ts';
import { serversName } from '../../../../../lib/databases/database-name.ts';
import { restoreBody } from '../../../../../lib/restores/request.ts';
import {
  type Database,
  POINT_FIELD,
  type Point,
  type PointKind,
  recoveryAddress,
  requestOf,
} from '../../../recovery/recovery-address.ts';
import type { Backup } from '../../backups/restorable.ts';
import { nameProblem, noNameProblem, type RestoreBody, targetField } from '../form.ts';

export interface RecoveryForm {
  /** Empty until a server is chosen. */
  connectionId: string;
  databases: readonly Database[];
  kind: PointKind;
  /** The text that was typed for each kind of point. It is still there if the user comes back to that kind. */
  texts: Readonly<Partial<Record<PointKind, string>>>;
  /** The timeline to follow. Null means the default one. */
  timeline: number | null;
}

type Source = Pick<Backup, 'connection_id' | 'database_name' | 'stanza'>;

/** The form's content in the page's address. */
export function formOf(address: URLSearchParams, backup: Source): RecoveryForm {
  const { connectionId, databases, point, timeline } = requestOf(address);
  return {
    connectionId: connectionId ?? '',
    databases: databases.length > 0 ? databases : [firstDatabase(backup)],
    kind: point.kind,
    texts: { [point.kind]: point.text },
    timeline,
  };
}

export function addressOf(form: RecoveryForm): URLSearchParams {
  return recoveryAddress({ ...form, connectionId: form.connectionId || null, point: pointOfForm(form) });
}

export function pointOfForm({ kind, texts }: Pick<RecoveryForm, 'kind' | 'texts'>): Point {
  return { kind, text: texts[kind] ?? '' };
}

/** The request body; it may not be valid yet. */
export function requestBody(form: RecoveryForm, backup: Source, doubt: string | undefined): RestoreBody {
  const { kind, text } = pointOfForm(form);
  return {
    ...targetField(form, backup, doubt),
    databases: form.databases.map(({ from, to }) => ({ from, to })),
    ...(kind === 'backup' ? {} : { [POINT_FIELD[kind]]: text }),
    ...(kind === 'backup' || form.timeline === null ? {} : { timeline: form.timeline }),
  };
}

/** A stanza's name isn't the name of a database. */
function firstDatabase({ database_name, stanza }: Source): Database {
  return renamed({ from: '', to: '' }, database_name === stanza ? '' : database_name);
}

/** Changes the source of a row. The target's name follows, unless the user changed it. */
export function renamed({ from, to }: Database, nextFrom: string): Database {
  return { from: nextFrom, to: to === besideName(from) ? besideName(nextFrom) : to };
}

/** The default name of a database that is restored next to the original. */
function besideName(from: string): string {
  return from === '' ? '' : `${from}_restored`;
}

export interface RowProblems {
  from: string | undefined;
  to: string | undefined;
}

/** What is wrong with each row. */
export function rowProblems(databases: readonly Database[], backup: Pick<Backup, 'db_type'>): RowProblems[] {
  const names = databases.map(({ to }) => serversName(backup.db_type, to));
  return databases.map(({ from, to }, index) => ({
    from: noNameProblem(from),
    to:
      nameProblem(to, backup) ??
      (names.indexOf(names[index] as string) < index
        ? `Two databases have the target name ${to}. Give each a different name.`
        : undefined),
  }));
}

/** What is wrong with the list as a whole. */
export function listProblem(databases: readonly Database[]): string | undefined {
  const issues = restoreBody.shape.databases.safeParse(databases).error?.issues ?? [];
  const issue = issues.find(({ path }) => path.length === 0);
  if (issue === undefined) return undefined;
  return issue.code === 'too_big' ? `At most ${issue.maximum} databases at once.` : 'Add a database.';
}

/** Whether a restore certainly overwrites the original databases. */
export function overwritesOriginal(
  { connectionId, databases }: RecoveryForm,
  backup: Source,
  doubt: string | undefined,
): boolean {
  return doubt === undefined && connectionId === backup.connection_id && databases.some(({ from, to }) => from === to);
}

/** The text to type before a restore may start. */
export interface Confirmation {
  of: 'database' | 'server';
  name: string;
}

/** Undefined if the restore only creates new databases. For several databases, it is the name of their server. */
export function confirmationOf(
  form: RecoveryForm,
  backup: Source,
  doubt: string | undefined,
  preview: Preview | undefined,
  serverName: string,
): Confirmation | undefined {
  // if it isn't known whether they exist, assume that they do
  if (preview?.database_exists === false && !overwritesOriginal(form, backup, doubt)) return undefined;
  const [only, ...others] = form.databases;
  return only === undefined || others.length > 0
    ? { of: 'server', name: serverName }
    : { of: 'database', name: only.to };
}
