/**
 * Which rights a dump of MySQL or MariaDB needs that the target's user lacks: those needed by the part that is read
 * ahead are reported before anything is written. Uncertain cases are left to the server. Pure.
 */
import { RestoreError } from '../../../errors/errors.ts';
import { readHead } from '../../../formats/mysql-dump/judge/statement-head.ts';
import { quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import type { SqlStatement } from '../../../formats/mysql-dump/reader/statement.ts';
import { Tokens } from '../../../formats/mysql-dump/reader/tokens.ts';
import { Grants, tellAll } from './grants.ts';
import { NEEDED_FOR, type NeededPrivilege } from './restore-rights.ts';

/** The privileges that the server requires for a statement, whatever exists already. */
const WANTED: Readonly<Record<string, NeededPrivilege>> = {
  'DROP TABLE': 'DROP',
  'DROP VIEW': 'DROP',
  'CREATE TABLE': 'CREATE',
  INSERT: 'INSERT',
  'CREATE VIEW': 'CREATE VIEW',
  'CREATE TRIGGER': 'TRIGGER',
  'CREATE EVENT': 'EVENT',
  'DROP EVENT': 'EVENT',
};
/** Keys are added after the rows, by ALTER TABLE. */
const HAS_KEYS = /^\s*(?:UNIQUE |FULLTEXT |SPATIAL )?KEY `/m;

export class DumpRights {
  readonly #wanted = new Set<NeededPrivilege>();

  note(statement: SqlStatement): void {
    if (statement.kind !== 'statement') return;
    const { what } = readHead(new Tokens(statement));
    const privilege = WANTED[what];
    if (privilege !== undefined) this.#wanted.add(privilege);
    if (what === 'CREATE TABLE' && HAS_KEYS.test(statement.text.toString('latin1'))) this.#wanted.add('ALTER');
  }

  /**
   * @param grants as returned by `SHOW GRANTS`
   * @returns what the dump needs and these don't grant; nothing if they don't show all rights
   */
  missing(grants: readonly string[], database: string): NeededPrivilege[] {
    if (!tellAll(grants, database)) return [];
    const held = new Grants(grants, database);
    return [...this.#wanted].filter((privilege) => !held.has(privilege));
  }
}

/** @param denied at least one */
export function lacksRights(denied: readonly NeededPrivilege[], database: string, username: string): RestoreError {
  const on = `${quoteName(database)}.*`;
  const each = denied.map((privilege) => `${privilege} (for ${NEEDED_FOR[privilege]})`);
  return new RestoreError(`${username} lacks rights on ${on} that the dump needs: ${each.join(', ')}`, {
    hint: `Run GRANT ${denied.join(', ')} ON ${on} for that user, then restore again.`,
  });
}
