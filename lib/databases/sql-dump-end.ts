/** Whether an SQL dump is complete. Its last lines tell, because the dump tools write a comment when they are done. */
import { DecompressError } from '../errors/errors.ts';
import { toolLine, toolLineFault } from '../formats/mysql-dump/reader/tool-line.ts';

/** Enough bytes for the last lines: pg_dump's `\unrestrict` with its token, and the comment before it. */
export const SQL_TAIL_BYTES = 4096;

/**
 * A dialect of SQL dumps. A dump has the dialect of its tool; an engine has the dialect of the dumps that it accepts.
 */
export type SqlDialect = 'postgres' | 'mysql';

interface DumpFrame {
  /** A line with which the dialect's tools begin a dump. */
  opens: RegExp;
  /** @param lines the last lines of a dump, without empty ones */
  ends(lines: string[]): boolean;
  /** The last line of a complete dump. */
  lastLine: string;
  /** What to do about a dump that ends too early. */
  hint: string;
  /** Whether to look for the tool's own messages in a dump that ends too early. */
  mayHoldMessages: boolean;
}

/** mysqldump and mariadb-dump; the date is left out with --skip-dump-date. */
const MYSQL_END = /^-- Dump completed(?: on [\d :-]+)?$/;
/** The settings that the tools restore before that comment, such as `/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES *\/;` */
const MYSQL_SETTING = /^\/\*M?!\d+ SET .*\*\/;$/;
const POSTGRES_END = '-- PostgreSQL database dump complete';
/** pg_dump since 18, and since the minor releases of August 2025, closes what it opened with `\restrict`. */
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

/** A dump's dialect, if its first bytes name the tool that wrote it. */
export function writerOf(head: Buffer): SqlDialect | undefined {
  const text = head.toString('latin1');
  return (Object.keys(FRAMES) as SqlDialect[]).find((dialect) => FRAMES[dialect].opens.test(text));
}

/**
 * The comment must be at the very end, not just near it, because rows and routines may contain the same words. In
 * MySQL's dumps it also has to follow a setting, because a string with line breaks (NO_BACKSLASH_ESCAPES) could be cut
 * off right there.
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
 * @param tail the dump's last SQL_TAIL_BYTES, or all of it if it is shorter
 * @throws DecompressError if the tool did not report that it was done
 */
export function checkSqlEnd(head: Buffer, tail: Buffer): void {
  const writer = writerOf(head);
  const text = tail.toString('latin1');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const possible = writer === undefined ? Object.values(FRAMES) : [FRAMES[writer]];
  if (text.endsWith('\n') && possible.some(({ ends }) => ends(lines))) return;
  // a dump that doesn't begin with the comment was probably made by mysqldump --skip-comments
  const { lastLine, hint, mayHoldMessages } = FRAMES[writer ?? 'mysql'];
  const said = mayHoldMessages ? toolLine(tail) : undefined;
  if (said !== undefined) {
    const fault = toolLineFault(said);
    throw new DecompressError(fault.message, { hint: fault.hint });
  }
  throw new DecompressError(`the dump ends half-way: its last line is not "${lastLine}"`, { hint });
}
