/** What a statement does to tables, to track which tables a load has written to. Pure. */

import { readHead } from '../../../formats/mysql-dump/judge/statement-head.ts';
import type { SqlStatement } from '../../../formats/mysql-dump/reader/statement.ts';
import { Tokens } from '../../../formats/mysql-dump/reader/tokens.ts';

export interface TableTouch {
  /** `replace`: something other than a table gets the name. */
  kind: 'drop' | 'create' | 'write' | 'replace';
  names: string[];
}

const KINDS: Readonly<Record<string, TableTouch['kind']>> = {
  'DROP TABLE': 'drop',
  'CREATE TABLE': 'create',
  INSERT: 'write',
  REPLACE: 'write',
  'ALTER TABLE': 'write',
  'CREATE VIEW': 'replace',
  'CREATE SEQUENCE': 'replace',
};

/** @returns undefined if the statement isn't about a table. */
export function tableTouch(statement: SqlStatement): TableTouch | undefined {
  if (statement.kind !== 'statement') return undefined;
  const { what, names } = readHead(new Tokens(statement));
  const kind = KINDS[what];
  if (kind === undefined || names === undefined || names.length === 0) return undefined;
  return { kind, names: names.map(({ name }) => name) };
}
