/** One way to talk SQL to the three engines, for sample data and fingerprints. */
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import type { RunningServer } from '../servers/throwaway.ts';

export type Login = Pick<RunningServer, 'dbType' | 'host' | 'port' | 'username' | 'password'>;
export type Row = Record<string, unknown>;

export interface Session {
  /** One statement; its rows, if it has any. */
  rows(sql: string, values?: unknown[]): Promise<Row[]>;
  /** How many rows an UPDATE or DELETE met. */
  change(sql: string): Promise<number>;
  end(): Promise<void>;
}

/** Logs in, by default to the server's own database. The session's time zone is UTC. */
export async function openSession(server: Login, database?: string): Promise<Session> {
  return server.dbType === 'postgresql' ? openPostgres(server, database ?? 'postgres') : openMysql(server, database);
}

async function openPostgres({ host, port, username, password }: Login, database: string): Promise<Session> {
  const client = new pg.Client({ host, port, user: username, password, database });
  // A server that is stopped ends idle sessions; the next statement says so.
  client.on('error', () => {});
  await client.connect();
  await client.query("SET TIME ZONE 'UTC'");
  return {
    rows: async (sql, values) => (await client.query<Row>(sql, values)).rows,
    change: async (sql) => (await client.query(sql)).rowCount ?? 0,
    end: () => client.end(),
  };
}

async function openMysql({ host, port, username, password }: Login, database: string | undefined): Promise<Session> {
  const login = { host, port, user: username, password, database };
  const client = await createConnection({ ...login, dateStrings: true, supportBigNumbers: true });
  client.on('error', () => {});
  await client.query("SET time_zone = '+00:00'");
  return {
    rows: async (sql, values) => {
      const [rows] = await client.query(sql, values);
      return Array.isArray(rows) ? (rows as Row[]) : [];
    },
    change: async (sql) => {
      const [result] = await client.query(sql);
      return 'affectedRows' in result ? result.affectedRows : 0;
    },
    end: () => client.end(),
  };
}

/** A name as SQL takes it, whatever stands in it. */
export function quoteName(dbType: Login['dbType'], name: string): string {
  const quote = dbType === 'postgresql' ? '"' : '`';
  return quote + name.replaceAll(quote, quote + quote) + quote;
}
