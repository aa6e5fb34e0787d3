/** Whether an SQL dump is whole, told by its last lines: the dump tools write a comment when they are done. */
import { DecompressError } from '../errors/errors.ts';
import { toolLine, toolLineFault } from '../formats/mysql-dump/reader/tool-line.ts';

/** Enough for the last lines: pg_dump's `\unrestrict` with its token, and the comment before it. */
export const SQL_TAIL_BYTES = 4096;

/** How SQL is written: of a dump, by its tool; of an engine, by the dumps that it takes. */
export type SqlDialect = 'postgres' | 'mysql';

interface DumpFrame {
  /** A line that its tools open a dump with. */
  opens: RegExp;
  /** @param lines the last ones of a dump, without empty ones */
  ends(lines: string[]): boolean;
  /** What the last line of a whole dump says. */
  lastLine: string;
  /** What to do about a dump that ends half-way. */
  hint: string;
  /** Whether messages of the tool are looked for in what ends half-way. */
  mayHoldMessages: boolean;
}

/** mysqldump and mariadb-dump; the date is left out with --skip-dump-date. */
const MYSQL_END = /^-- Dump completed(?: on [\d :-]+)?$/;
/** The settings that the tools put back before it, `/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES *\/;` for one. */
const MYSQL_SETTING = /^\/\*M?!\d+ SET .*\*\/;$/;
const POSTGRES_END = '-- PostgreSQL database dump complete';
/** pg_dump since 18, and the minor releases of August 2025, ends what it opened with `\restrict`. */
const POSTGRES_UNRESTRICT = /^\\unrestrict [A-Za-z0-9]+$/;

const FRAMES: Record<SqlDialect, DumpFrame> = {
  postgres: {
    opens: /^-- PostgreSQL database dump\r?$/m,
    ends: postgresEnds,
    lastLine: POSTGRES_END,
    hint: 'Restore another backup of this database, and make a new one: this one holds only a part of it.',
    mayHoldMessages: false,
  },
  mysql: {
    opens: /^-- (MySQL|MariaDB) dump /m,
    ends: mysqlEnds,
    lastLine: '-- Dump completed',
    hint: 'Restore another backup of this database, and make a new one. A dump made with --skip-comments lacks that line too: make it without that option.',
    mayHoldMessages: true,
  },
};

/** Which dialect a dump is in, if its first bytes name the tool that wrote it. */
export function writerOf(head: Buffer): SqlDialect | undefined {
  const text = head.toString('latin1');
  return (Object.keys(FRAMES) as SqlDialect[]).find((dialect) => FRAMES[dialect].opens.test(text));
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
  const writer = writerOf(head);
  const text = tail.toString('latin1');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const possible = writer === undefined ? Object.values(FRAMES) : [FRAMES[writer]];
  if (text.endsWith('\n') && possible.some(({ ends }) => ends(lines))) return;
  // a dump without its first comment is most likely one of mysqldump --skip-comments
  const { lastLine, hint, mayHoldMessages } = FRAMES[writer ?? 'mysql'];
  const said = mayHoldMessages ? toolLine(tail) : undefined;
  if (said !== undefined) {
    const fault = toolLineFault(said);
    throw new DecompressError(fault.message, { hint: fault.hint });
  }
  throw new DecompressError(`the dump ends half-way: its last line is not "${lastLine}"`, { hint });
}
