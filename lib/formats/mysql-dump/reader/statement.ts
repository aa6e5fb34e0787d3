/** How the session reads quotes and backslashes while a statement runs. */
export interface SqlMode {
  /** False under NO_BACKSLASH_ESCAPES: a backslash is then an ordinary character. */
  readonly backslashEscapes: boolean;
  /** True under ANSI_QUOTES: "…" is then an identifier. */
  readonly ansiQuotes: boolean;
}

/** The settings at the beginning of a dump by a dump tool: neither NO_BACKSLASH_ESCAPES nor ANSI_QUOTES. */
export const DUMP_SQL_MODE: SqlMode = { backslashEscapes: true, ansiQuotes: false };

/**
 * - `statement`: what the client sends to the server. Its text may be empty (a lone delimiter).
 * - `delimiter-command`: `DELIMITER x`, which is only for the client. It has no delimiter of its own: the line end
 *   belongs to what follows.
 * - `sandbox-comment`: the beginning of a dump by mariadb-dump, a client command in the form of a comment
 *   (`M!999999\-`, then "enable the sandbox mode"). It has no delimiter.
 * - `trailer`: white space and comments after the last statement. Its text is empty.
 */
export type PieceKind = 'statement' | 'delimiter-command' | 'sandbox-comment' | 'trailer';

type Fields = Omit<SqlStatement, 'bytes' | 'leading' | 'text' | 'delimiter' | 'beforeRows' | 'with'>;

/** One piece of a dump. The `bytes` of all pieces, one after the other, are the dump. */
export class SqlStatement {
  readonly kind: PieceKind;
  readonly textStart: number;
  readonly textEnd: number;
  /** The 1-based line of the dump on which the text starts. */
  readonly line: number;
  /** 1-based line on which `bytes` start, and the one on which they end. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** How its quotes are read. */
  readonly mode: SqlMode;
  /** Whether a string in it has a backslash directly before a line end. Only texts of routines do; data has `\n`. */
  readonly hasEscapedNewline: boolean;
  /**
   * Whether its last line is a comment that contains the delimiter. The clients would continue to read, so it can't be
   * sent through them.
   */
  readonly endsInLineComment: boolean;
  /**
   * For an INSERT or REPLACE: the position in `bytes`, after VALUES, from which on there are only literal values;
   * otherwise -1.
   */
  readonly literalFrom: number;
  /** The number of rows with literal values; 0 if `literalFrom` is -1. */
  readonly literalRows: number;

  /**
   * Its bytes, in pieces until they are needed as a whole: most of a dump is rows, which are judged while they are
   * being read.
   */
  #parts: readonly Buffer[];

  constructor({ parts, ...fields }: Fields & { parts: readonly Buffer[] }) {
    this.#parts = parts;
    this.kind = fields.kind;
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

  /** The whole piece: leading part, text and delimiter. It may be a view into a pushed chunk. */
  get bytes(): Buffer {
    const [first = Buffer.alloc(0), ...others] = this.#parts;
    if (others.length === 0) return first;
    const whole = Buffer.concat(this.#parts);
    this.#parts = [whole];
    return whole;
  }

  /** For a piece with literal rows: everything before the rows, as a piece of its own. The rows aren't copied. */
  get beforeRows(): SqlStatement {
    const parts: Buffer[] = [];
    let missing = this.literalFrom;
    for (const part of this.#parts) {
      if (missing <= 0) break;
      parts.push(part.subarray(0, missing));
      missing -= part.length;
    }
    return new SqlStatement({ ...this.#fields(), parts, textEnd: this.literalFrom });
  }

  /** The same piece with other bytes, which come from edits of its text. */
  with(bytes: Buffer): SqlStatement {
    if (bytes === this.bytes) return this;
    const whole = bytes.length >= this.textStart + this.delimiter.length;
    const textEnd = whole ? bytes.length - this.delimiter.length : bytes.length;
    return new SqlStatement({ ...this.#fields(), parts: [bytes], textEnd, literalFrom: -1, literalRows: 0 });
  }

  #fields(): Fields {
    const { kind, textStart, textEnd, line, firstLine, lastLine, mode } = this;
    const { hasEscapedNewline, endsInLineComment, literalFrom, literalRows } = this;
    const lines = { line, firstLine, lastLine };
    return { kind, textStart, textEnd, ...lines, mode, hasEscapedNewline, endsInLineComment, literalFrom, literalRows };
  }

  /** White space and comments before the statement. */
  get leading(): Buffer {
    return this.bytes.subarray(0, this.textStart);
  }

  /** The statement without its leading part and its delimiter. */
  get text(): Buffer {
    return this.bytes.subarray(this.textStart, this.textEnd);
  }

  get delimiter(): Buffer {
    return this.bytes.subarray(this.textEnd);
  }
}
