/**
 * How a table's keys are added if the server refuses the fast way: keys that CREATE TABLE takes have to come in. Pure.
 *
 * - Some are refused in place alone, such as MariaDB's foreign key on the base of a stored column (ERROR 138): a copy of
 *   the table takes them.
 * - All keys at once need room for sorting all of them, in tmpdir; one after the other, a fraction of it.
 * - MariaDB sorts for a copy, too. As the very last try, the rows go into a new table that has the keys already, as a dump
 *   that is loaded as it stands does it: that sorts nothing, takes long, and needs room for the rows a second time.
 * - If one of several keys cannot be added (a row is there twice), the others can.
 */
import type { Addition } from '../../../formats/mysql-dump/rewrite/split-table.ts';

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

/** @returns `rebuild` if a table that has the keys already is left to try; undefined if nothing is. */
export function nextTries({ addition, byCopy }: Try, errno: number): Try[] | 'rebuild' | undefined {
  const { table, singly } = addition;
  const oneByOne = () => singly.map((one) => ({ addition: { table, together: one, singly: [one] }, byCopy: false }));
  if (!byCopy && LACKS_ROOM.has(errno) && singly.length > 1) return oneByOne();
  if (!byCopy && (REFUSED_IN_PLACE.has(errno) || LACKS_ROOM.has(errno))) return [{ addition, byCopy: true }];
  if (singly.length > 1) return oneByOne();
  return LACKS_ROOM.has(errno) ? 'rebuild' : undefined;
}

export function lacksRoom(errno: number): boolean {
  return LACKS_ROOM.has(errno);
}

/**
 * What makes a table anew with these keys, for MariaDB: its rows go into a table that has the keys. The last two
 * statements put that in the table's place; foreign keys of others refer to it by its name, whichever table has that.
 * @param made the new table's name until then, of letters, digits and `_`
 * @param counter what AUTO_INCREMENT was to go on with; undefined if it counts nothing
 */
export function rebuildStatements(
  additions: readonly [Addition, ...Addition[]],
  made: string,
  counter: string | undefined,
): { fill: Buffer[]; swap: Buffer[] } {
  const [{ table }] = additions;
  const text = (...parts: (string | Buffer)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));
  const clauses = additions.map(({ together }) => together.subarray(`ALTER TABLE ${table.toString('latin1')}`.length));
  return {
    fill: [
      text(`CREATE TABLE ${made} LIKE `, table),
      ...clauses.map((one) => text(`ALTER TABLE ${made}`, one)),
      text(`INSERT INTO ${made} SELECT * FROM `, table),
      ...(counter === undefined ? [] : [text(`ALTER TABLE ${made} AUTO_INCREMENT = ${counter}`)]),
    ],
    swap: [text('DROP TABLE ', table), text(`RENAME TABLE ${made} TO `, table)],
  };
}
