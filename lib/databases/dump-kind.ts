/** Recognises a decompressed dump by its first bytes. */
import { DecompressError } from '../errors/errors.ts';
import { toolLine, toolLineFault } from '../formats/mysql-dump/reader/tool-line.ts';
import { ARCHIVE_MAGIC } from '../formats/pg-dump/archive/format.ts';

/**
 * Either a custom-format archive for pg_restore, or SQL text: for PostgreSQL (sent unchanged), or for MySQL and
 * MariaDB.
 */
export type DumpKind = 'pg-archive' | 'sql';

/** A tar file can only be recognised at byte 257. */
export const DUMP_KIND_BYTES = 512;

/** A dump may begin with comments, psql's meta-commands (`\restrict`), or one of these words. */
const OPENS_LIKE_SQL = /^(--|\/\*|\\|(SET|USE|BEGIN|START|CREATE|DROP|ALTER|LOCK|INSERT|SELECT)\b)/i;
/** Control characters that don't occur in the first lines of SQL text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const BINARY = /[\x00-\x08\x0e-\x1f]/;

function unknownDump(what: string): DecompressError {
  return new DecompressError(`this is not a dump that we know: ${what}`, {
    hint: 'Check that pg_dump (custom format or plain SQL), mysqldump or mariadb-dump wrote it.',
  });
}

/** Describes something unexpected, recognised by its first bytes. */
export function whatElse(first: Buffer): string {
  if (first.length === 0) return 'it is empty';
  if (first.subarray(257, 262).toString('latin1') === 'ustar') return 'it is a tar archive';
  if (first.subarray(0, 4).toString('latin1') === 'XBST') return 'it is a physical backup (xbstream)';
  if (first[0] === 0x1f && first[1] === 0x8b) return 'it is gzip inside gzip';
  return `it starts with the bytes ${first.subarray(0, 8).toString('hex')}`;
}

/**
 * @param first the dump's first bytes: DUMP_KIND_BYTES of them, or all if it is shorter
 * @throws DecompressError if it is empty, or if no restore tool can read it
 */
export function dumpKind(first: Buffer): DumpKind {
  if (first.length === 0) throw unknownDump(whatElse(first));
  if (first.subarray(0, ARCHIVE_MAGIC.length).equals(ARCHIVE_MAGIC)) return 'pg-archive';
  const text = first.subarray(0, DUMP_KIND_BYTES).toString('latin1');
  const opening = text.replace(/^\xef\xbb\xbf/, '').trimStart();
  const said = /^(mysqldump|mariadb-dump)\b/.test(opening) ? toolLine(Buffer.from(opening, 'latin1')) : undefined;
  if (said !== undefined) {
    const { message, hint } = toolLineFault(said);
    throw new DecompressError(message, { hint });
  }
  // A tar whose first file name begins like SQL is still a tar: NUL characters follow the name.
  if (BINARY.test(text) || !OPENS_LIKE_SQL.test(opening)) throw unknownDump(whatElse(first));
  return 'sql';
}
