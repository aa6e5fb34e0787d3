import { countNewlines } from '../../../../formats/mysql-dump/reader/bytes.ts';
import type { Addition, SplitTable } from '../../../../formats/mysql-dump/rewrite/split-table.ts';
import type { DumpPiece, MysqlSession } from '../sessions/session.ts';

/** A table that is being loaded, or that still gets foreign keys. It keeps no view into the dump's chunks. */
export interface Table extends Omit<SplitTable, 'create'> {
  /** The line of its CREATE TABLE. */
  line: number;
  /** The settings of character_set_client right before it, without delimiters. */
  charset: Buffer[];
  /** The sessions that were sent its rows. */
  sessions: Set<MysqlSession>;
}

export const KEEP_CHARSET = Buffer.from(
  'SET @restore_client = @@character_set_client, @restore_saved = @saved_cs_client',
);
export const RETURN_CHARSET = Buffer.from(
  'SET character_set_client = @restore_client, @saved_cs_client = @restore_saved',
);

/** Statements for a table; errors in them name the line of its CREATE TABLE. */
export function madeFor(
  { name, line }: Pick<Table, 'name' | 'line'>,
  delimiter: string,
  statements: Buffer[],
): DumpPiece {
  const end = Buffer.from(`${delimiter}\n`, 'latin1');
  const bytes = Buffer.concat(statements.flatMap((statement) => [statement, end]));
  return { bytes, line, lines: countNewlines(bytes, 0, bytes.length), made: true, table: name };
}

/** The statements that were removed from a CREATE TABLE. Names and comments are read with the same settings. */
export function addedTo(table: Table, delimiter: string, additions: readonly Addition[]): DumpPiece {
  const statements = additions.map(({ together }) => together);
  return madeFor(table, delimiter, [KEEP_CHARSET, ...table.charset, ...statements, RETURN_CHARSET]);
}

/**
 * INSERTs that follow one another in the dump and are sent together, because a round trip costs as much as a hundred
 * rows.
 */
export class RowBatch {
  #rows: DumpPiece[] = [];
  bytes = 0;

  /** Whether these rows directly follow the previous ones, so that line numbers are right. */
  isFollowedBy({ line }: DumpPiece): boolean {
    const last = this.#rows.at(-1);
    return last === undefined || last.line + last.lines === line;
  }

  add(sent: DumpPiece): void {
    this.#rows.push(sent);
    this.bytes += sent.bytes.length;
  }

  /** All of them; undefined if there are none. */
  take(): DumpPiece | undefined {
    const rows = this.#rows;
    const [first] = rows;
    this.#rows = [];
    this.bytes = 0;
    if (first === undefined || rows.length === 1) return first;
    const lines = rows.reduce((sum, sent) => sum + sent.lines, 0);
    return { ...first, bytes: Buffer.concat(rows.map(({ bytes }) => bytes)), lines };
  }
}
