/**
 * How to add a table's keys if the server refuses the fast way, because it must be possible to add all keys that CREATE
 * TABLE accepts. Pure.
 * - Some are only refused in place, such as MariaDB's foreign key on the base of a stored column (ERROR 138): copying
 *   the table works.
 * - Adding all keys at once needs tmpdir space to sort all of them; adding them one by one needs a fraction of it.
 * - MariaDB also sorts when it copies a table. As the last resort, the rows are copied into a new table that already
 *   has the keys, as loading the unchanged dump would do: that sorts nothing, takes long, and needs space for the rows
 *   a second time.
 * - If one of several keys can't be added (a row exists twice), the others can.
 */
import type { Addition } from '../../../formats/mysql-dump/rewrite/split-table.ts';

const REFUSED_IN_PLACE = new Set([138, 1845, 1846]);
/** The error numbers for a full disk, a full tmpdir, and the storage engine's errors about either. */
const LACKS_ROOM = new Set([3, 20, 1021, 1026, 1114, 1296, 1878]);

const BY_COPY = Buffer.from(', ALGORITHM=COPY');

/** The statements to run instead of the one that failed. The first of them that fails is retried by the same rules. */
export interface Try {
  addition: Addition;
  byCopy: boolean;
}

export function statementOf({ addition, byCopy }: Try): Buffer {
  return byCopy ? Buffer.concat([addition.together, BY_COPY]) : addition.together;
}

/** @returns `rebuild` if the only way left is to recreate the table with its keys; undefined if there is none. */
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
 * Statements that recreate a table with these keys, for MariaDB. They copy its rows into a table that has the keys. The
 * last two put that table in the place of the old one. Foreign keys of other tables refer to it by name.
 * @param made the new table's name until then, consisting of letters, digits and `_`
 * @param counter the next AUTO_INCREMENT value; undefined if there is none
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
