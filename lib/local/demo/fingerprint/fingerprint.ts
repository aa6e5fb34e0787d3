/** A database's content in a form that can be compared. */
import { createHash } from 'node:crypto';
import { DEMO_ENGINES } from '../engines.ts';
import { openSession } from '../session.ts';
import type { Login, Session } from '../sql-session.ts';

/** By the name of the table or view. Definitions are under names in brackets, such as `(routines)`. */
export type Fingerprint = Map<string, { rows: number; digest: string }>;

/**
 * The fingerprint of every table and view of a database, and of all definitions in it. It leaves out owners, rights,
 * definers and the database's own name, so that a correct restore under another name or account has the same
 * fingerprint. A view that can't be read because its table is missing is included with the reason.
 */
export async function fingerprint(server: Login, database: string): Promise<Fingerprint> {
  const session = await openSession(server, database);
  try {
    const engine = DEMO_ENGINES[server.dbType];
    const relations = await engine.relations(session, database);
    const definitions = await engine.definitions(session, database);
    const result: Fingerprint = new Map();
    for (const { name, digestSql } of relations) result.set(name, await digestOf(session, digestSql));
    for (const { name, rows } of definitions) {
      const texts = rows.map((row) => JSON.stringify(Object.values(row))).sort();
      result.set(name, { rows: rows.length, digest: sha256(texts.join('\n')) });
    }
    return result;
  } finally {
    await session.end();
  }
}

async function digestOf(session: Session, sql: string): Promise<{ rows: number; digest: string }> {
  try {
    const [row] = await session.rows(sql);
    return { rows: Number(row?.n), digest: sha256(JSON.stringify(Object.values(row ?? {}))) };
  } catch (error) {
    return { rows: 0, digest: `unreadable: ${error instanceof Error ? error.message : error}` };
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
