/** What a look at a target finds: the server and the database as they are, before a restore. */
import type { MysqlServerFacts } from './mysql/rules/preflight.ts';
import type { DependencyRow } from './postgres/rules/dependents-query.ts';

export interface TableSize {
  /** Null on servers whose databases have no schemas. */
  schema: string | null;
  name: string;
  /** By the server's statistics. */
  rows: number;
  /** With indexes, and what is stored apart. */
  bytes: number;
}

export interface ServerSession {
  user: string;
  /** The name that it gives itself; empty if it gives none, or the server doesn't tell us. */
  application: string;
  address: string | null;
}

export interface TargetLook {
  /** As the server says it. */
  serverVersion: string;
  databaseExists: boolean;
  tables: TableSize[];
  /** Others that are connected to the database. */
  sessions: ServerSession[];
  /** Why the server takes no writes, and what to do instead. */
  writeRefusal?: { why: string; hint: string } | undefined;
  /** What to look at before writing there, such as that it is a replica. */
  doubts?: readonly string[];
  /** Of a server of MySQL or MariaDB. */
  mysql?: MysqlServerFacts;
  /** Of a PostgreSQL server. */
  postgres?: PostgresLook;
}

export interface PostgresLook {
  dependencies: DependencyRow[];
  /** Names of the extensions that can be created on the server. */
  availableExtensions: ReadonlySet<string>;
  /** What the user may do beyond owning the database, in words. */
  powers: readonly string[];
}
