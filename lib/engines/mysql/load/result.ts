/** The result of a load: how the target differs from the dump. It only reads, and makes the server analyze tables. */
import type mysql from 'mysql2/promise';
import { quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import type { Loading, Target } from '../../load/engine.ts';
import { connectMysql, queryRows } from '../session/session.ts';

export interface Loaded {
  database: string;
  /** Whether the dump has created this table or view. */
  isMade(name: string): boolean;
  foldsNames: boolean;
}

/**
 * Reports how the target differs from the dump. Everything is loaded by now, so none of this fails the restore.
 * @param withRowId tables whose primary key my_row_id comes from the dump itself
 */
export async function tellResult(
  target: Target,
  loaded: Loaded,
  withRowId: ReadonlySet<string>,
  { telling, analyze }: Pick<Loading, 'telling' | 'analyze'>,
): Promise<void> {
  try {
    const over = new AbortController();
    const { client } = await connectMysql({ ...target, limits: { signal: over.signal } });
    try {
      for (const line of await orphanedKeys(client, loaded)) telling.warn(line);
      const generated = (await generatedKeys(client, loaded)).filter((name) => !withRowId.has(name));
      if (generated.length > 0) {
        telling.log(
          `NOTE: the server added the invisible primary key my_row_id to ${generated.map(quoteName).join(', ')} ` +
            '(sql_generate_invisible_primary_key)',
        );
      }
      const unanalysed = analyze ? await analyse(client, loaded, () => over.abort()) : undefined;
      if (unanalysed !== undefined) telling.warn(unanalysed);
    } finally {
      client.destroy();
    }
  } catch (error) {
    telling.warn(`the loaded tables could not be checked: ${(error as Error).message}`);
  }
}

/**
 * Foreign keys of the dump's tables whose parent table doesn't exist. The server accepts such a key, but refuses the
 * next row.
 */
async function orphanedKeys(client: mysql.Connection, { database, isMade, foldsNames }: Loaded): Promise<string[]> {
  const keys = await queryRows<{ name: string; child: string; parentDatabase: string; parent: string }>(
    client,
    'SELECT CONSTRAINT_NAME AS name, TABLE_NAME AS child, UNIQUE_CONSTRAINT_SCHEMA AS parentDatabase, ' +
      'REFERENCED_TABLE_NAME AS parent FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ?',
    [database],
  );
  if (keys.length === 0) return [];
  const databases = [...new Set(keys.map(({ parentDatabase }) => parentDatabase))];
  const tables = await queryRows<{ inDatabase: string; name: string }>(
    client,
    'SELECT TABLE_SCHEMA AS inDatabase, TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA IN (?)',
    [databases],
  );
  const key = (inDatabase: string, name: string) =>
    JSON.stringify([inDatabase, name].map((one) => (foldsNames ? one.toLowerCase() : one)));
  const there = new Set(tables.map(({ inDatabase, name }) => key(inDatabase, name)));
  return keys
    .filter(({ child, parent, parentDatabase }) => isMade(child) && !there.has(key(parentDatabase, parent)))
    .map(
      ({ name, child, parent }) =>
        `the foreign key ${quoteName(name)} of ${quoteName(child)} refers to ${quoteName(parent)}, which is neither in the backup ` +
        'nor in the target: the next row that it checks will be refused',
    );
}

/** Tables to which the server added a column, as MySQL does with sql_generate_invisible_primary_key. */
async function generatedKeys(client: mysql.Connection, { database, isMade }: Loaded): Promise<string[]> {
  const rows = await queryRows<{ name: string }>(
    client,
    "SELECT TABLE_NAME AS name FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_NAME = 'my_row_id' " +
      "AND EXTRA LIKE '%INVISIBLE%'",
    [database],
  );
  return rows.map(({ name }) => name).filter((name) => isMade(name));
}

const ANALYZE_WITHIN_MS = 120_000;

/**
 * Makes the server analyze the loaded tables, so that the first queries get good plans: InnoDB itself would only do
 * that some time later. Other tables already have statistics.
 * @param end ends the session at once, even if it is waiting
 * @returns what went wrong, for a warning; undefined on success.
 */
async function analyse(
  client: mysql.Connection,
  { database, isMade }: Loaded,
  end: () => void,
): Promise<string | undefined> {
  const rows = await queryRows<{ name: string }>(
    client,
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND ENGINE = 'InnoDB' " +
      "AND TABLE_TYPE NOT LIKE '%SEQUENCE%'",
    [database],
  );
  const tables = rows.map(({ name }) => name).filter(isMade);
  const deadline = performance.now() + ANALYZE_WITHIN_MS;
  // a table that waits for a query without end must not keep the restore from ending
  const over = setTimeout(end, ANALYZE_WITHIN_MS);
  try {
    return await analyseEach(client, database, tables, deadline);
  } finally {
    clearTimeout(over);
  }
}

async function analyseEach(
  client: mysql.Connection,
  database: string,
  tables: string[],
  deadline: number,
): Promise<string | undefined> {
  await client.query('SET lock_wait_timeout = 5');
  const failed: string[] = [];
  for (const [index, name] of tables.entries()) {
    if (performance.now() > deadline) {
      return `${tables.length - index} table(s) were not analysed within ${ANALYZE_WITHIN_MS / 1000} s: the server will do it in the background`;
    }
    const said = await queryRows<{ Msg_type: string; Msg_text: string }>(
      client,
      `ANALYZE TABLE ${quoteName(database)}.${quoteName(name)}`,
    ).catch((error: Error) => [{ Msg_type: 'Error', Msg_text: error.message }]);
    const error = said.find(({ Msg_type }) => /error/i.test(Msg_type));
    if (error !== undefined) failed.push(`${quoteName(name)} (${error.Msg_text})`);
  }
  return failed.length === 0 ? undefined : `these tables could not be analysed: ${failed.slice(0, 5).join(', ')}`;
}
