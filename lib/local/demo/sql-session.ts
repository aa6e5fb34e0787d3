/** Sessions with a demo's servers: one interface for sending SQL to each engine, and what is read through it. */
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import type { RunningServer } from '../servers/throwaway.ts';

export type Login = Pick<RunningServer, 'dbType' | 'host' | 'port' | 'username' | 'password'>;
export type Row = Record<string, unknown>;

export interface Session {
  /** Runs one statement, and returns its rows, if any. */
  rows(sql: string, values?: unknown[]): Promise<Row[]>;
  /** How many rows an UPDATE or DELETE changed. */
  change(sql: string): Promise<number>;
  end(): Promise<void>;
}

/** A table or view to read. */
export interface Relation {
  name: string;
  /**
   * One row: `n`, the number of rows, and the sums of the rows' hashes, so that the order of the rows doesn't matter.
   */
  digestSql: string;
}

/** One kind of definition, as rows whose order doesn't matter. */
export interface Definitions {
  name: string;
  rows: Row[];
}

export async function openPostgres({ host, port, username, password }: Login, database = 'postgres'): Promise<Session> {
  const client = new pg.Client({ host, port, user: username, password, database });
  // When a server is stopped, it ends idle sessions. The next statement reports that.
  client.on('error', () => {});
  await client.connect();
  await client.query("SET TIME ZONE 'UTC'");
  return {
    rows: async (sql, values) => (await client.query<Row>(sql, values)).rows,
    change: async (sql) => (await client.query(sql)).rowCount ?? 0,
    end: () => client.end(),
  };
}

export async function openMysql({ host, port, username, password }: Login, database?: string): Promise<Session> {
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

/** A name between quotation marks, whatever is in it. */
export function quoted(name: string, mark: '"' | '`'): string {
  return mark + name.replaceAll(mark, mark + mark) + mark;
}
