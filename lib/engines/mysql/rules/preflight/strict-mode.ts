/**
 * What InnoDB refuses in strict mode, computed as in its source: rows that may be too long for half a page (MySQL's
 * dict_index_too_big_for_tree, MariaDB's record_size_info), and row formats that it ignores without strict mode.
 */
import type { MysqlColumn, MysqlTable } from '../../../../formats/dump-contents.ts';
import { MYSQL_FAMILY } from '../mysql-family.ts';
import { isInnodb, isOn, type MysqlServerFacts } from './facts.ts';

const PAGE_BYTES = 16 * 1024;
/** The bytes of a page that aren't available for rows. Each page has to have room for two rows. */
const OF_PAGE = 132;
/**
 * A row's header, then the transaction and roll pointer that InnoDB adds, and, if there is no primary key, the row's
 * own number.
 */
const HEADER = 5;
const HIDDEN = 13;
const ROW_ID = 6;
/** The limit for any page size. */
const MOST_ROW_BYTES = 16_383;
/** The bytes that stay in the row if a column is stored outside it, depending on the row format. */
const POINTER = 20;
const PREFIX = 768;
/** MySQL counts at most this for a variable-length column, unless the column's prefix stays in the row. */
const MOST_LOCAL = 40;
/** From this length on, MariaDB stores a column outside the row, and the column's length takes two bytes. */
const LONG = 256;

const FORMATS = new Set(['DEFAULT', 'DYNAMIC', 'COMPACT', 'REDUNDANT', 'COMPRESSED']);
const BLOCK_SIZES = new Set([0, 1, 2, 4, 8, 16]);
const KIB = 1024;

/** @returns why InnoDB refuses the table, in words; undefined if it doesn't */
export function refusedInStrictMode(table: MysqlTable, server: MysqlServerFacts): string | undefined {
  if (!isInnodb(table, server)) return undefined;
  return refusedFormat(table, server) ?? longRow(table, server);
}

function refusedFormat({ row_format, options }: MysqlTable, server: MysqlServerFacts): string | undefined {
  const format = row_format ?? 'DEFAULT';
  const block = Number(options.KEY_BLOCK_SIZE ?? 0);
  if (!FORMATS.has(format)) return `ROW_FORMAT=${format}`;
  const isCompressed = format === 'COMPRESSED' || block > 0;
  if (!isCompressed) return undefined;
  const page = pageBytes(server);
  if (!BLOCK_SIZES.has(block) || block * KIB > page) return `KEY_BLOCK_SIZE=${block}`;
  if (block > 0 && format !== 'COMPRESSED' && format !== 'DEFAULT') return `KEY_BLOCK_SIZE with ROW_FORMAT=${format}`;
  if (page > PAGE_BYTES) return 'ROW_FORMAT=COMPRESSED, with a larger innodb_page_size';
  // servers in which it is always on don't have the variable
  const inOneFile = server.variables.has('innodb_file_per_table') && !isOn(server, 'innodb_file_per_table');
  return inOneFile ? 'ROW_FORMAT=COMPRESSED, without innodb_file_per_table' : undefined;
}

function longRow(table: MysqlTable, server: MysqlServerFacts): string | undefined {
  const page = pageBytes(server);
  const most = Math.min((page - OF_PAGE) / 2, MOST_ROW_BYTES);
  const stored = table.columns.filter(({ generated }) => generated !== 'virtual');
  const nullable = stored.filter((column) => column.nullable && !isOfPrimaryKey(table, column)).length;
  const format = formatOf(table, server);
  const columns = stored.reduce((sum, column) => sum + rowBytes(column, table, format, server), 0);
  const bytes = HEADER + Math.ceil(nullable / 8) + HIDDEN + (hasRowId(table) ? ROW_ID : 0) + columns;
  return bytes < most ? undefined : `a row may have ${bytes} bytes in its page, which has room for ${most}`;
}

function isOfPrimaryKey({ primary_key }: MysqlTable, { name }: MysqlColumn): boolean {
  return primary_key?.some((part) => part.toLowerCase() === name.toLowerCase()) ?? false;
}

function hasRowId(table: MysqlTable): boolean {
  return table.primary_key === null && !hasPromotedKey(table);
}

/** InnoDB uses a unique key of whole columns that are never null as the primary key. */
export function hasPromotedKey({ keys, columns }: MysqlTable): boolean {
  const never = new Set(columns.filter(({ nullable }) => !nullable).map(({ name }) => name.toLowerCase()));
  return keys.some(({ unique, columns }) => unique && columns.every((column) => never.has(column.toLowerCase())));
}

type Format = 'prefix' | 'pointer';

function formatOf({ row_format }: MysqlTable, { variables }: MysqlServerFacts): Format {
  const named =
    row_format === null || row_format === 'DEFAULT' ? variables.get('innodb_default_row_format') : row_format;
  return /^(COMPACT|REDUNDANT)$/i.test(named ?? '') ? 'prefix' : 'pointer';
}

/** The maximum number of bytes that a column takes in its row, including its length. */
function rowBytes(column: MysqlColumn, table: MysqlTable, format: Format, server: MysqlServerFacts): number {
  const size = sizeOf(column, table, server);
  if (size.isFixed) return size.bytes;
  return MYSQL_FAMILY[server.dbType].keepsShortColumns ? keptShort(size.bytes, format) : local(size.bytes, format);
}

/** MariaDB always stores up to 255 bytes of a column in its row. */
function keptShort(bytes: number, format: Format): number {
  if (bytes < LONG) return bytes + 1;
  return format === 'pointer' ? POINTER + 1 : Math.min(bytes, PREFIX + POINTER) + 2;
}

function local(bytes: number, format: Format): number {
  const most = format === 'pointer' ? MOST_LOCAL : PREFIX + POINTER;
  return bytes < most ? bytes + (bytes < LONG ? 1 : 2) : most + 1;
}

interface Size {
  bytes: number;
  isFixed: boolean;
}

const INTEGERS: Record<string, number> = {
  ...{ TINYINT: 1, BOOL: 1, BOOLEAN: 1, SMALLINT: 2, MEDIUMINT: 3, INT: 4, INTEGER: 4, BIGINT: 8, YEAR: 1, DATE: 3 },
  ...{ DOUBLE: 8, REAL: 8, UUID: 16, INET6: 16, INET4: 4 },
};
/** The bytes without those for fractions of a second. */
const TIMES: Record<string, number> = { TIME: 3, DATETIME: 5, TIMESTAMP: 4 };
/** Longer than anything that is stored in a row. */
const BLOB: Size = { bytes: Number.POSITIVE_INFINITY, isFixed: false };
const FLOAT_DIGITS = 24;

function sizeOf(column: MysqlColumn, table: MysqlTable, server: MysqlServerFacts): Size {
  const [, word = '', inner = ''] = /^(\w+)\s*(?:\((.*)\))?/s.exec(column.type) ?? [];
  const type = word.toUpperCase();
  const length = Number.parseInt(inner, 10);
  const fixed = (bytes: number): Size => ({ bytes, isFixed: true });
  const whole = INTEGERS[type];
  if (whole !== undefined) return fixed(whole);
  const time = TIMES[type];
  if (time !== undefined) return fixed(time + Math.ceil((length || 0) / 2));
  switch (type) {
    case 'FLOAT':
      return fixed(length > FLOAT_DIGITS ? 8 : 4);
    case 'BIT':
      return fixed(Math.ceil((length || 1) / 8));
    case 'DECIMAL':
    case 'NUMERIC':
      return fixed(decimalBytes(length || 10, Number(inner.split(',')[1] ?? 0)));
    case 'ENUM':
      return fixed(members(inner) < LONG ? 1 : 2);
    case 'SET': {
      const bytes = Math.ceil(members(inner) / 8);
      return fixed(bytes > 4 ? 8 : bytes);
    }
    case 'BINARY':
      return fixed(length || 1);
    case 'VARBINARY':
      return { bytes: length, isFixed: false };
    case 'CHAR': {
      const most = widest(column, table, server);
      const bytes = (length || 1) * most;
      return { bytes, isFixed: most === 1 };
    }
    case 'VARCHAR':
      return { bytes: length * widest(column, table, server), isFixed: false };
    default:
      return BLOB;
  }
}

/** The number of texts in the list of an ENUM or SET. */
function members(list: string): number {
  return list.match(/'(?:[^'\\]|''|\\.)*'/gs)?.length ?? 0;
}

/** Nine digits take four bytes. The remaining digits take this many bytes, by their number. */
const LEFT_OVER = [0, 1, 1, 2, 2, 3, 3, 4, 4];
const DIGITS = 9;

function decimalBytes(digits: number, fraction: number): number {
  const bytes = (count: number) => Math.floor(count / DIGITS) * 4 + (LEFT_OVER[count % DIGITS] ?? 0);
  return bytes(digits - fraction) + bytes(fraction);
}

/** The maximum number of bytes per character. */
function widest(column: MysqlColumn, table: MysqlTable, { characterSets, variables }: MysqlServerFacts): number {
  const of = (set: string | null, collation: string | null) => set ?? collation?.replace(/_.*$/, '') ?? null;
  const name =
    of(column.character_set, column.collation) ??
    of(table.character_set, table.collation) ??
    variables.get('character_set_server') ??
    '';
  return characterSets.get(name) ?? (name === 'utf8' ? characterSets.get('utf8mb3') : undefined) ?? 1;
}

function pageBytes({ variables }: MysqlServerFacts): number {
  return Number(variables.get('innodb_page_size') ?? PAGE_BYTES);
}
