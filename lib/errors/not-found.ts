/** The error for a missing record. Only this file words it, for every kind of record. */
import { NotFound } from './errors.ts';

/** A kind of record, as responses name it. */
export type RecordKind =
  | 'backup'
  | 'restore'
  | 'connection'
  | 'target connection'
  | 'storage provider'
  | 'user'
  | 'job'
  | 'recovery plan'
  | 'recovery plan run'
  | 'encryption key';

/** Used if the kind alone doesn't tell which id to check. */
const HINTS: { readonly [K in RecordKind]?: string } = {
  'target connection': 'Check target_connection against the list of connections.',
  'encryption key': 'Check the id against the list.',
};

export function notFound(kind: RecordKind, hint = HINTS[kind] ?? `Check the ${kind} id.`): NotFound {
  return new NotFound(`${kind} not found`, { hint });
}

/** Returns the record. @throws NotFound if there is none. */
export function orNotFound<T>(record: T | undefined, kind: RecordKind): T {
  if (record === undefined) throw notFound(kind);
  return record;
}
