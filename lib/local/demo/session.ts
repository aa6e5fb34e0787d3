import { DEMO_ENGINES } from './engines.ts';
import { type Login, quoted, type Session } from './sql-session.ts';

export type { Login, Session };

/** Logs in to the named database, or to the server's own if none is named. The session's time zone is UTC. */
export function openSession(server: Login, database?: string): Promise<Session> {
  return DEMO_ENGINES[server.dbType].openSession(server, database);
}

/** A name, quoted for SQL whatever it contains. */
export function quoteName(dbType: Login['dbType'], name: string): string {
  return quoted(name, DEMO_ENGINES[dbType].nameMark);
}
