/**
 * Compares what a backup contains with the previous backup of the same database, because a backup that lost rows is
 * otherwise as sound as any other.
 */
import { type DumpContents, sortedBy } from './dump-contents.ts';

export interface CompareSettings {
  /** The share of its rows, or bytes of data, that a table may lose, in percent. */
  fallenPercent: number;
  /** If a table had fewer rows than this, it is only reported if it has none left, because a few rows come and go. */
  leastRows: number;
  /** The same in bytes, for tables whose rows were not counted. */
  leastBytes: number;
  /** How much larger the whole dump may be, in percent of the previous one. */
  grownPercent: number;
}

export const COMPARE_DEFAULTS: CompareSettings = {
  fallenPercent: 30,
  leastRows: 100,
  leastBytes: 64 * 1024,
  grownPercent: 200,
};

/**
 * - `empty`: the dump has no table, or no table has a row.
 * - `table gone`: a table of the previous dump is missing.
 * - `rows fallen`: a table, or all of them together, has lost too many rows.
 * - `data fallen`: the same in bytes of data, if rows were not counted.
 * - `size`: the whole dump is much smaller or larger.
 */
export interface ContentsFinding {
  kind: 'empty' | 'table gone' | 'rows fallen' | 'data fallen' | 'size';
  /** `orders`, or `app.orders`; null if it is about the whole dump. */
  table: string | null;
  /** Rows, or bytes. Null for `empty` if there was no previous dump. */
  before: number | null;
  after: number;
  /** One sentence, for people. */
  message: string;
}

/** One table of any engine. */
interface TableFigures {
  name: string;
  rows: number | null;
  bytes: number;
}

/**
 * A table without rows has no more bytes than this in an archive: the head of its block, and the end of a COPY,
 * compressed or not.
 */
const EMPTY_BLOCK_BYTES = 64;

/**
 * @param before the contents of the previous backup; undefined if there is none, or if they are unknown
 * @returns what is unusual: the whole dump first, then table by table
 */
export function compareContents(
  before: DumpContents | undefined,
  after: DumpContents,
  settings: Partial<CompareSettings> = {},
): ContentsFinding[] {
  const limits = { ...COMPARE_DEFAULTS, ...settings };
  const now = tablesOf(after);
  const old = before === undefined ? [] : tablesOf(before);
  const empty = emptiness(before, old, after, now);
  // if everything is gone, nothing else needs to be said
  if (empty !== undefined) return [empty];
  if (before === undefined) return [];
  return [...ofWhole(before, old, after, now, limits), ...ofTables(old, now, limits)];
}

function emptiness(
  before: DumpContents | undefined,
  old: readonly TableFigures[],
  after: DumpContents,
  now: readonly TableFigures[],
): ContentsFinding | undefined {
  const hasNoRow = ({ rows, bytes }: TableFigures) => (rows === null ? bytes <= EMPTY_BLOCK_BYTES : rows === 0);
  if (!now.every(hasNoRow)) return undefined;
  if (after.kind === 'pg_dump' && (after.large_objects?.count ?? 0) > 0) return undefined;
  const had =
    old.length === 0 || before === undefined
      ? ''
      : `; the previous backup had ${old.length === 1 ? '1 table' : `${old.length} tables`}`;
  const [only] = now;
  const nothing = only?.rows === null ? `more than ${EMPTY_BLOCK_BYTES} bytes of data` : 'a row';
  const isOne = only !== undefined && now.length === 1;
  const tables = isOne ? `its only table, ${only.name}, does not have` : `none of its ${now.length} tables has`;
  const what = only === undefined ? 'it has no tables' : `${tables} ${nothing}`;
  return {
    ...{ kind: 'empty', table: null, before: before === undefined ? null : total(old).rows, after: 0 },
    message: `the dump is empty: ${what}${had}`,
  };
}

function ofWhole(
  before: DumpContents,
  old: readonly TableFigures[],
  after: DumpContents,
  now: readonly TableFigures[],
  { fallenPercent, leastRows, grownPercent }: CompareSettings,
): ContentsFinding[] {
  const found: ContentsFinding[] = [];
  const rows = [total(old).rows, total(now).rows] as const;
  if (rows[0] !== null && rows[1] !== null && rows[0] >= leastRows && hasFallen(rows[0], rows[1], fallenPercent)) {
    found.push({
      ...{ kind: 'rows fallen', table: null, before: rows[0], after: rows[1] },
      message: `all tables together have ${fallen(rows[0], rows[1])}: ${rows[1]} rows, and ${rows[0]} before`,
    });
  }
  // a dump in another format has another size
  if (formatOf(before) !== formatOf(after)) return found;
  const sizes = [before.dump_bytes, after.dump_bytes] as const;
  const hasGrown = sizes[1] - sizes[0] > (sizes[0] * grownPercent) / 100;
  if (hasGrown || hasFallen(...sizes, fallenPercent)) {
    const change = percent(Math.abs(sizes[1] - sizes[0]), sizes[0]);
    found.push({
      ...{ kind: 'size', table: null, before: sizes[0], after: sizes[1] },
      message: `the dump is ${change} % ${hasGrown ? 'larger' : 'smaller'} than the previous one: ${sizes[1]} bytes, and ${sizes[0]} before`,
    });
  }
  return found;
}

function ofTables(
  old: readonly TableFigures[],
  now: readonly TableFigures[],
  { fallenPercent, leastRows, leastBytes }: CompareSettings,
): ContentsFinding[] {
  const later = new Map(now.map((table) => [table.name, table]));
  return old.flatMap(({ name, rows, bytes }): ContentsFinding[] => {
    const table = later.get(name);
    if (table === undefined) {
      const [had, unit] = rows === null ? [bytes, 'bytes of data'] : [rows, 'rows'];
      const message = `table ${name} is gone: it had ${had} ${unit}`;
      return [{ kind: 'table gone', table: name, before: had, after: 0, message }];
    }
    if (rows !== null && table.rows !== null) {
      const isMany = rows >= leastRows || table.rows === 0;
      if (!isMany || !hasFallen(rows, table.rows, fallenPercent)) return [];
      const message = `table ${name} has ${fallen(rows, table.rows)}: ${table.rows}, and ${rows} before`;
      return [{ kind: 'rows fallen', table: name, before: rows, after: table.rows, message }];
    }
    // if rows were counted in only one of the two dumps, the dumps have different formats, and their bytes can't be
    // compared
    if (rows !== null || table.rows !== null || bytes < leastBytes) return [];
    if (!hasFallen(bytes, table.bytes, fallenPercent)) return [];
    const message = `table ${name} has ${percent(bytes - table.bytes, bytes)} % less data: ${table.bytes} bytes, and ${bytes} before`;
    return [{ kind: 'data fallen', table: name, before: bytes, after: table.bytes, message }];
  });
}

function tablesOf(contents: DumpContents): TableFigures[] {
  const tables: TableFigures[] =
    contents.kind === 'mysqldump'
      ? contents.tables.map(({ name, rows, data_bytes: bytes }) => ({ name, rows, bytes }))
      : contents.objects
          .filter(({ kind }) => kind === 'TABLE')
          .map(({ schema, name, rows, data_bytes }) => ({
            name: schema === null ? name : `${schema}.${name}`,
            rows,
            bytes: data_bytes ?? 0,
          }));
  return sortedBy(tables, ({ name }) => name);
}

/** `rows` is null if the rows of some table were not counted. */
function total(tables: readonly TableFigures[]): { rows: number | null } {
  const rows = tables.map((table) => table.rows);
  return { rows: rows.includes(null) ? null : rows.reduce<number>((sum, one) => sum + (one ?? 0), 0) };
}

function formatOf(contents: DumpContents): string {
  return contents.kind === 'mysqldump' ? contents.kind : `${contents.format} ${contents.archive?.compression ?? ''}`;
}

function hasFallen(before: number, after: number, most: number): boolean {
  return before - after > (before * most) / 100;
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.round((part * 100) / whole);
}

function fallen(before: number, after: number): string {
  return after === 0 ? 'no rows left' : `${percent(before - after, before)} % fewer rows`;
}
