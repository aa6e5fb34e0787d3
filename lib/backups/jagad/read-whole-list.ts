/**
 * Reads a list that Jagad pages by `limit` and `offset`, newest first, while the list changes. A new record moves all
 * others down by one, so that a page repeats a record. A removed record moves them up, so that a record may appear on
 * no page at all. Therefore:
 * - Each page begins within the previous one. If they have no record in common, the list moved up further than that:
 *   the reader goes back until they have.
 * - Records that were created at the same moment have no defined order. A page begins before all records that share the
 *   last record's moment, and the rounds cut their pages at different positions.
 * - Rounds are repeated until two in a row agree on the ids. Then the result contains every record that existed all the
 *   time.
 */

import { JagadError } from '../../errors/errors.ts';
import { idIn } from './records.ts';

/** Reads at most `limit` records from `offset` on. A server may return fewer than requested. */
export type ReadPage = (limit: number, offset: number) => Promise<readonly unknown[]>;

export interface WholeList {
  /** Newest first, each id once, in the version that was read last. */
  records: unknown[];
  /** Ids that an earlier round found and the last one didn't. */
  removed: string[];
  /**
   * Whether two rounds in a row agreed. If not, `records` contains the records of all rounds, including removed ones.
   */
  agreed: boolean;
}

/** Jagad returns at most 100. If a higher limit is requested, it returns only 50. */
const PAGE_SIZES = [100, 73];
/** How many records a page has in common with the previous one. */
const OVERLAP = 10;
export const MOST_ROUNDS = 10;
/** Limits how much a server can make us hold in memory. */
const MOST_RECORDS = 500_000;
/** How often, in one round, a page may have nothing in common with what was read before. */
const MOST_STEPS_BACK = 30;
/**
 * The offset of a page is at most the number of records read, plus the number added since the round began: at most this
 * many.
 */
const MOST_ADDED = 1000;

/**
 * @param onRead called with the number of records that the current round has read.
 * @throws JagadError if the responses aren't pages of one list.
 */
export async function readWholeList(
  readPage: ReadPage,
  onRead: (done: number, round: number) => void = () => {},
): Promise<WholeList> {
  const all = new Map<string, unknown>();
  let before: Map<string, unknown> | undefined;
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    const pageSize = PAGE_SIZES[(round - 1) % PAGE_SIZES.length] as number;
    const read = await readRound(readPage, pageSize, (done) => onRead(done, round));
    for (const [id, record] of read) all.set(id, record);
    if (before !== undefined && haveSameKeys(before, read)) {
      return { records: newestFirst(read.values()), removed: without(all, read), agreed: true };
    }
    before = read;
  }
  return { records: newestFirst(all.values()), removed: without(all, before ?? all), agreed: false };
}

/** Reads the list once, from its first record to its last. */
async function readRound(
  readPage: ReadPage,
  pageSize: number,
  onRead: (done: number) => void,
): Promise<Map<string, unknown>> {
  const read = new Map<string, unknown>();
  let offset = 0;
  let overlap = 0;
  /**
   * The longest page so far: if a server returns fewer records than requested, that isn't necessarily the end of the
   * list.
   */
  let fullPage = 0;
  let stepsBack = 0;
  for (;;) {
    const page = await readPage(pageSize, offset);
    if (overlap > 0 && offset > 0 && !page.some((record) => read.has(keyOf(record)))) {
      if (++stepsBack > MOST_STEPS_BACK) throw notOneList('has no two pages that join');
      offset = Math.max(0, offset - Math.ceil(pageSize / 2) * stepsBack);
      continue;
    }
    for (const record of page) read.set(keyOf(record), record);
    onRead(read.size);
    if (read.size > MOST_RECORDS) throw notOneList(`has more than ${MOST_RECORDS} records`);
    if (page.length === 0 || page.length < fullPage) return read;
    if (offset > read.size + MOST_ADDED) throw notOneList('answers the same records whatever the offset is');
    fullPage = page.length;
    overlap = overlapAfter(page);
    offset += page.length - overlap;
  }
}

/**
 * The number of records at the end of a page with which the next page has to begin. That page must have room for at
 * least one new record.
 */
function overlapAfter(page: readonly unknown[]): number {
  const last = createdAt(page.at(-1));
  const ties = last === '' ? 1 : page.length - 1 - page.findLastIndex((record) => createdAt(record) !== last);
  return Math.min(OVERLAP + ties - 1, page.length - 1);
}

function notOneList(what: string): JagadError {
  return new JagadError(`Jagad's list of backups ${what}`, {
    hint: "Try again when Jagad makes and removes fewer backups. If that fails too, check that the address is Jagad's.",
  });
}

/** The part of a record that stays the same from page to page. */
function keyOf(record: unknown): string {
  return idIn(record).id ?? JSON.stringify(record) ?? '';
}

function createdAt(record: unknown): string {
  const { created_at } = (typeof record === 'object' && record !== null ? record : {}) as { created_at?: unknown };
  return typeof created_at === 'string' ? created_at : '';
}

/**
 * Compares by instant: Jagad's times have fractions of any length, so text only sorts correctly within one second and
 * one time zone.
 */
function newestFirst(records: Iterable<unknown>): unknown[] {
  const at = (record: unknown) => Date.parse(createdAt(record)) || 0;
  return [...records].sort((a, b) => at(b) - at(a));
}

function haveSameKeys(a: Map<string, unknown>, b: Map<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}

function without(all: Map<string, unknown>, kept: Map<string, unknown>): string[] {
  return [...all.keys()].filter((key) => !kept.has(key));
}
