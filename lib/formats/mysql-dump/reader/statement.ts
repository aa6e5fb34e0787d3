/** How the session reads quotes and backslashes while a statement runs. */
export interface SqlMode {
  /** False under NO_BACKSLASH_ESCAPES: a backslash is then an ordinary character. */
  readonly backslashEscapes: boolean;
  /** True under ANSI_QUOTES: "…" is then an identifier. */
  readonly ansiQuotes: boolean;
}

/** What dump tools set at the head of a dump: neither NO_BACKSLASH_ESCAPES nor ANSI_QUOTES. */
export const DUMP_SQL_MODE: SqlMode = { backslashEscapes: true, ansiQuotes: false };

/**
 * - `statement`: what the client sends to the server. Its text may be empty (a lone delimiter).
 * - `delimiter-command`: `DELIMITER x`, for the client only. Its delimiter is empty: the line end belongs to what follows.
 * - `sandbox-comment`: what mariadb-dump opens a dump with, a client command dressed as a comment (`M!999999\-`, then
 *   "enable the sandbox mode"). It has no delimiter.
 * - `trailer`: white space and comments after the last statement. Its text is empty.
 */
export type PieceKind = 'statement' | 'delimiter-command' | 'sandbox-comment' | 'trailer';

/** One piece of a dump. The `bytes` of all pieces, one after the other, are the dump. */
export class SqlStatement {
  readonly kind: PieceKind;
  /** The whole piece: leading, text, delimiter. May be a view into a pushed chunk. */
  readonly bytes: Buffer;
  readonly textStart: number;
  readonly textEnd: number;
  /** The 1-based line of the dump on which the text starts. */
  readonly line: number;
  /** 1-based line on which `bytes` start, and the one on which they end. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** How its quotes are read. */
  readonly mode: SqlMode;
  /** Whether a string in it has a backslash right before a line end (only in the text of routines; data has `\n`). */
  readonly hasEscapedNewline: boolean;
  /**
   * Whether its last line is a comment that contains the delimiter: the clients would read on, so it can't go through
   * them.
   */
  readonly endsInLineComment: boolean;
  /**
   * For an INSERT or REPLACE: from this position in `bytes`, after VALUES, there are only literal values; otherwise -1.
   */
  readonly literalFrom: number;
  /** How many rows of literal values these are; 0 if `literalFrom` is -1. */
  readonly literalRows: number;

  constructor(fields: Omit<SqlStatement, 'leading' | 'text' | 'delimiter' | 'with'>) {
    this.kind = fields.kind;
    this.bytes = fields.bytes;
    this.textStart = fields.textStart;
    this.textEnd = fields.textEnd;
    this.line = fields.line;
    this.firstLine = fields.firstLine;
    this.lastLine = fields.lastLine;
    this.mode = fields.mode;
    this.hasEscapedNewline = fields.hasEscapedNewline;
    this.endsInLineComment = fields.endsInLineComment;
    this.literalFrom = fields.literalFrom;
    this.literalRows = fields.literalRows;
  }

  /** The same piece with other bytes, created only by edits of its text. */
  with(bytes: Buffer): SqlStatement {
    if (bytes === this.bytes) return this;
    const { kind, textStart, line, firstLine, lastLine, mode, hasEscapedNewline, endsInLineComment } = this;
    const whole = bytes.length >= textStart + this.delimiter.length;
    const textEnd = whole ? bytes.length - this.delimiter.length : bytes.length;
    const lines = { line, firstLine, lastLine };
    const fields = { kind, bytes, textStart, textEnd, ...lines, mode, hasEscapedNewline, endsInLineComment };
    return new SqlStatement({ ...fields, literalFrom: -1, literalRows: 0 });
  }

  /** White space and comments before the statement. */
  get leading(): Buffer {
    return this.bytes.subarray(0, this.textStart);
  }

  /** The statement without leading and delimiter. */
  get text(): Buffer {
    return this.bytes.subarray(this.textStart, this.textEnd);
  }

  get delimiter(): Buffer {
    return this.bytes.subarray(this.textEnd);
  }
}
