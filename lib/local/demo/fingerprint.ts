/** What is in a database, in a form that two databases can be compared by. */
import { createHash } from 'node:crypto';
import { DEMO_ENGINES } from './engines.ts';
import { openSession } from './session.ts';
import type { Login, Session } from './sql-session.ts';

/** By the table's or view's name; definitions stand under names in brackets, as `(routines)`. */
export type Fingerprint = Map<string, { rows: number; digest: string }>;

/**
 * Of every table and view of a database, and of the definitions of all that is in it. Says nothing of owners, rights and
 * definers, nor of the database's own name: a right restore under another name or account has the same fingerprint. A
 * view that cannot be read, as its table is gone, is in it with the reason.
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
