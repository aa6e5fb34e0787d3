/** Whether an SQL dump is whole, told by its last lines: the dump tools write a comment when they are done. */
import { DecompressError } from './errors.ts';
import { toolLine, toolLineFault } from './sql/tool-line.ts';

/** Enough for the last lines: pg_dump's `\unrestrict` with its token, and the comment before it. */
export const SQL_TAIL_BYTES = 4096;

type Writer = 'postgresql' | 'mysql' | 'unknown';

/** mysqldump and mariadb-dump; the date is left out with --skip-dump-date. */
const MYSQL_END = /^-- Dump completed(?: on [\d :-]+)?$/;
/** The settings that the tools put back before it, `/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES *\/;` for one. */
const MYSQL_SETTING = /^\/\*M?!\d+ SET .*\*\/;$/;
const POSTGRES_END = '-- PostgreSQL database dump complete';
/** pg_dump since 18, and the minor releases of August 2025, ends what it opened with `\restrict`. */
const POSTGRES_UNRESTRICT = /^\\unrestrict [A-Za-z0-9]+$/;

/** Which tool wrote a dump, by its first lines. */
export function writerOf(head: string): Writer {
  if (/^-- PostgreSQL database dump\r?$/m.test(head)) return 'postgresql';
  if (/^-- (MySQL|MariaDB) dump /m.test(head)) return 'mysql';
  return 'unknown';
}

/** @param head a dump's first bytes */
export function isPostgresDump(head: Buffer): boolean {
  return writerOf(head.toString('latin1')) === 'postgresql';
}

/**
 * The comment must be the last thing there is, not merely near the end: rows and routines may hold the same words. In
 * MySQL's dumps it also follows a setting, as a string with line breaks in it (NO_BACKSLASH_ESCAPES) could be cut there.
 */
function mysqlEnds(lines: string[]): boolean {
  return MYSQL_END.test(lines.at(-1) ?? '') && MYSQL_SETTING.test(lines.at(-2) ?? '');
}

function postgresEnds(lines: string[]): boolean {
  const rest = lines.filter((line) => line !== '--');
  if (POSTGRES_UNRESTRICT.test(rest.at(-1) ?? '')) rest.pop();
  // The comment is framed: `--`, the words, `--`.
  return rest.at(-1) === POSTGRES_END && lines.includes('--');
}

/**
 * @param head the dump's first bytes, which name the tool
 * @param tail its last SQL_TAIL_BYTES, or all if it is shorter
 * @throws DecompressError if the tool did not say that it was done
 */
export function checkSqlEnd(head: Buffer, tail: Buffer): void {
  const writer = writerOf(head.toString('latin1'));
  const text = tail.toString('latin1');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const whole = text.endsWith('\n');
  if (whole && writer !== 'postgresql' && mysqlEnds(lines)) return;
  if (whole && writer !== 'mysql' && postgresEnds(lines)) return;
  const said = writer === 'postgresql' ? undefined : toolLine(tail);
  if (said !== undefined) {
    const { message, hint } = toolLineFault(said);
    throw new DecompressError(message, { hint });
  }
  const expected = writer === 'postgresql' ? POSTGRES_END : '-- Dump completed';
  throw new DecompressError(`the dump ends half-way: its last line is not "${expected}"`, {
    hint:
      writer === 'postgresql'
        ? 'Restore another backup of this database, and make a new one: this one holds only a part of it.'
        : 'Restore another backup of this database, and make a new one. A dump made with --skip-comments lacks that line too: make it without that option.',
  });
}
