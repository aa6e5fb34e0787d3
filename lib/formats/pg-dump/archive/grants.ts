/**
 * The grants of an archive, to be run one by one. pg_restore sends the statements of an ACL entry as one transaction:
 * if the role of one GRANT is missing, the REVOKE … FROM PUBLIC before it is undone as well, and everyone has the
 * rights that only that role should have.
 */

import { isWord, readSql } from '../sql/tokens.ts';
import type { Toc, TocEntry } from './format.ts';
import { withEachLargeObject } from './large-object-grants.ts';

export interface EntryGrants {
  /** As a person would say it: `FUNCTION app.f(integer)`. */
  readonly name: string;
  /** Whether the object existed before: then this dump doesn't decide about its rights. */
  readonly isForeign: boolean;
  /** The statements in the order in which they have to run. Within each entry, revocations already come first. */
  readonly statements: readonly GrantStatement[];
}

export interface GrantStatement {
  readonly kind: 'revoke' | 'grant' | 'session';
  readonly text: string;
}

/** Entries that revoke rights. If an entry only grants rights, nothing is lost except what it would have granted. */
export function restrictingGrants(toc: Toc): EntryGrants[] {
  return withEachLargeObject(toc)
    .filter(({ desc, tag }) => (desc === 'ACL' && !tag.startsWith('DATABASE ')) || desc === 'DEFAULT ACL')
    .map((entry) => grantsOf(entry, toc.standardStrings))
    .filter(({ statements }) => statements.length > 1 && statements.some(({ kind }) => kind === 'revoke'));
}

/** The grants of one ACL or DEFAULT ACL entry. */
export function grantsOf({ desc, namespace, tag, definition }: TocEntry, standardStrings = true): EntryGrants {
  const { statements, texts } = readSql(definition, standardStrings);
  const kinds = statements.map((statement) => {
    if (isWord(statement[0], 'set', 'reset')) return 'session';
    // ALTER DEFAULT PRIVILEGES … REVOKE has its verb after the names, and none of these is an unquoted REVOKE
    return statement.some((token) => isWord(token, 'revoke')) ? 'revoke' : 'grant';
  });
  const [kind = '', name = ''] = desc === 'ACL' ? (/^([A-Z ]+?) (.*)$/s.exec(tag)?.slice(1) ?? []) : [tag];
  return {
    name: [kind, namespace === '' ? name : `${namespace}.${name}`].join(' ').trim(),
    isForeign: namespace === 'pg_catalog' || namespace === 'information_schema' || tag === 'SCHEMA public',
    statements: texts.map((text, index) => ({ kind: kinds[index] ?? 'grant', text })),
  };
}

/** Functions that should run as their owner, if that isn't the restoring user. `signature` is the entry's tag. */
export interface OwnedRoutine {
  readonly schema: string;
  readonly signature: string;
  readonly owner: string;
}

export function ownedRoutines(toc: Pick<Toc, 'entries'>, user: string): OwnedRoutine[] {
  return toc.entries
    .filter(({ desc, owner }) => (desc === 'FUNCTION' || desc === 'PROCEDURE') && owner !== '' && owner !== user)
    .map(({ namespace, tag, owner }) => ({ schema: namespace, signature: tag, owner }));
}
