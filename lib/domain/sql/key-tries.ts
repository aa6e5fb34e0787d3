/**
 * How a table's keys are added where the server refuses the fast way: keys that CREATE TABLE takes have to come in. Pure.
 *
 * - Some are refused in place alone, such as MariaDB's foreign key on the base of a stored column (ERROR 138): a copy of
 *   the table takes them.
 * - All keys at once need room for sorting all of them, in tmpdir; one after the other, a fraction of it.
 */
import type { Addition } from './split-table.ts';

const REFUSED_IN_PLACE = new Set([138, 1845, 1846]);
/** Error numbers of a full disk, a full tmpdir, and what the storage engine says of either. */
const LACKS_ROOM = new Set([3, 20, 1021, 1026, 1114, 1296, 1878]);

const BY_COPY = Buffer.from(', ALGORITHM=COPY');

/** Statements to run in the place of the one that failed; the first that fails is tried again by the same rules. */
export interface Try {
  addition: Addition;
  byCopy: boolean;
}

export function statementOf({ addition, byCopy }: Try): Buffer {
  return byCopy ? Buffer.concat([addition.together, BY_COPY]) : addition.together;
}

/** @returns undefined where nothing is left to try. */
export function nextTries({ addition, byCopy }: Try, errno: number): Try[] | undefined {
  if (byCopy) return undefined;
  const { singly } = addition;
  if (LACKS_ROOM.has(errno) && singly.length > 1) {
    return singly.map((one) => ({ addition: { together: one, singly: [one] }, byCopy: false }));
  }
  if (REFUSED_IN_PLACE.has(errno) || LACKS_ROOM.has(errno)) return [{ addition, byCopy: true }];
  return undefined;
}

export function lacksRoom(errno: number): boolean {
  return LACKS_ROOM.has(errno);
}
