/** A small shop to test a restore with: it is created, damaged, and compared by its fingerprint. */
import { DEMO_ENGINES } from '../engines.ts';
import { type Login, openSession, quoteName, type Session } from '../session.ts';
import { shopRows, type TableRows } from './shop-rows.ts';

export { type Fingerprint, fingerprint } from '../fingerprint/fingerprint.ts';

const ROWS_PER_INSERT = 500;

/** Creates the database and fills it with a few thousand rows, always the same ones. Fails if it already exists. */
export async function createSample(server: Login, database: string): Promise<void> {
  const { charset, tables, afterRows, marker } = DEMO_ENGINES[server.dbType].shop;
  await withSession(server, undefined, async (session) => {
    await session.rows(`CREATE DATABASE ${quoteName(server.dbType, database)}${charset}`);
  });
  await withSession(server, database, async (session) => {
    for (const statement of tables) await session.rows(statement);
    for (const table of shopRows()) await insert(session, table, marker);
    for (const statement of afterRows) await session.rows(statement);
  });
}

/** Damages the sample shop. Returns a sentence for each loss. */
export async function damageSample(server: Login, database: string): Promise<string[]> {
  const { cascade } = DEMO_ENGINES[server.dbType].shop;
  return withSession(server, database, async (session) => {
    const [count] = await session.rows('SELECT count(*) AS n FROM order_items');
    await session.rows(`DROP TABLE order_items${cascade}`);
    const orders = await session.change('DELETE FROM orders WHERE id % 2 = 0');
    const prices = await session.change('UPDATE products SET price = 0.01');
    const names = await session.change("UPDATE customers SET full_name = '???' WHERE id % 3 = 0");
    return [
      `The table order_items is gone, with all its ${count?.n} rows.`,
      `Every second order is deleted: ${orders} of them.`,
      `All ${prices} products now cost 0.01.`,
      `${names} customers have lost their names.`,
    ];
  });
}

async function insert(
  session: Session,
  { table, columns, rows }: TableRows,
  marker: (number: number) => string,
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    const some = rows.slice(start, start + ROWS_PER_INSERT);
    let parameter = 0;
    const tuples = some.map((row) => `(${row.map(() => marker(++parameter)).join(', ')})`);
    await session.rows(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${tuples.join(', ')}`, some.flat());
  }
}

async function withSession<T>(
  server: Login,
  database: string | undefined,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(server, database);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}
