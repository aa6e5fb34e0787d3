/** What an inspection of a target finds: the current server and database, before a restore. */
import type { MysqlServerFacts } from './mysql/rules/preflight/facts.ts';
import type { DependencyRow } from './postgres/rules/dependents-query.ts';
import type { PostgresServerFacts } from './postgres/rules/preflight/facts.ts';

export interface TableSize {
  /** Null on servers whose databases have no schemas. */
  schema: string | null;
  name: string;
  /** According to the server's statistics. */
  rows: number;
  /** Including indexes, and data that is stored separately. */
  bytes: number;
}

export interface ServerSession {
  user: string;
  /** The application name; empty if it has none, or the server doesn't tell us. */
  application: string;
  address: string | null;
}

export interface TargetLook {
  /** In the server's words. */
  serverVersion: string;
  databaseExists: boolean;
  tables: TableSize[];
  /** Other sessions in the database. */
  sessions: ServerSession[];
  /** Why the server accepts no writes, and what to do instead. */
  writeRefusal?: { why: string; hint: string } | undefined;
  /** What to check before writing there, for example that it is a replica. */
  doubts?: readonly string[];
  /** Of the server's disk; null or missing if that isn't known. */
  freeBytes?: number | null | undefined;
  /** Where that is known from. */
  freeSource?: 'rds' | 'connection' | 'grows' | 'unknown';
  /** Of a server of MySQL or MariaDB. */
  mysql?: MysqlServerFacts;
  /** For a PostgreSQL server. */
  postgres?: PostgresLook;
}

export interface PostgresLook {
  dependencies: DependencyRow[];
  /** What a preflight goes by. */
  server?: PostgresServerFacts;
  /** Names of the extensions that can be created on the server. */
  availableExtensions: ReadonlySet<string>;
  /** What the user may do beyond owning the database, in words. */
  powers: readonly string[];
}
