/** What an inspection of a target finds before a restore: the current state of the server and the database. */
import type { MysqlServerFacts } from './mysql/rules/preflight/facts.ts';
import type { DependencyRow } from './postgres/rules/dependents-query.ts';
import type { PostgresServerFacts } from './postgres/rules/preflight/facts.ts';

export interface TableSize {
  /** Null if the server's databases have no schemas. */
  schema: string | null;
  name: string;
  /** According to the server's statistics. */
  rows: number;
  /** Includes indexes, and data that is stored separately. */
  bytes: number;
}

export interface ServerSession {
  user: string;
  /** The application name; empty if there is none, or if the server doesn't return it. */
  application: string;
  address: string | null;
}

export interface TargetLook {
  /** The server's own description. */
  serverVersion: string;
  databaseExists: boolean;
  tables: TableSize[];
  /** Other sessions in the database. */
  sessions: ServerSession[];
  /** Why the server accepts no writes, and what to do instead. */
  writeRefusal?: { why: string; hint: string } | undefined;
  /** What to check before writing there, for example because it is a replica. */
  doubts?: readonly string[];
  /** Free bytes on the server's disk; null or missing if unknown. */
  freeBytes?: number | null | undefined;
  /** The source of that figure. */
  freeSource?: 'rds' | 'connection' | 'grows' | 'unknown';
  /** Only for MySQL and MariaDB. */
  mysql?: MysqlServerFacts;
  /** Only for PostgreSQL. */
  postgres?: PostgresLook;
}

export interface PostgresLook {
  dependencies: DependencyRow[];
  /** The facts that a preflight uses. */
  server?: PostgresServerFacts;
  /** The names of the extensions that can be created on the server. */
  availableExtensions: ReadonlySet<string>;
  /** What the user may do besides owning the database, in words. */
  powers: readonly string[];
}
