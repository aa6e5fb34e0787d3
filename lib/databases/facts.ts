/** Facts about a database engine that don't depend on the caller. */

import type { DumpKind } from './dump-kind.ts';
import type { DbType, PhysicalEngine, SslMode } from './names.ts';
import type { SqlDialect } from './sql-dump-end.ts';

/** Fields of a connection that only some engines use. */
export type OwnField = 'trusted' | 'binlog_prefix' | 'cipher_pass';

export interface EngineFacts {
  /** The engine's name in messages and in the UI, as its makers spell it. */
  title: string;
  defaultPort: number;
  /** The scheme of a target's URL: `postgresql:`. */
  urlSchemes: readonly string[];
  /** Dumps can be loaded between engines with the same dialect, except for features that they don't share. */
  sqlDialect: SqlDialect;
  dumpKinds: readonly DumpKind[];
  /** The tools that make its physical backups. */
  physicalEngines: readonly PhysicalEngine[];
  connectionFields: readonly OwnField[];
  /** What a TLS mode means for this engine, if it differs from other engines. */
  sslModeNotes: Partial<Record<SslMode, string>>;
  /** What else one of its servers may claim to be before a login, for example because of a proxy in front of it. */
  mayGreetAs: readonly DbType[];
  names: DatabaseNames;
  size: SizeFacts;
  /**
   * @param version what the server reports after a login. The server may be of this engine, or of one with the same
   * protocol
   */
  typeOfVersion(version: string): DbType;
  /**
   * The numbers by which releases are compared.
   * @param version from the description of a server or a dump
   */
  release(version: string): [major: number, minor: number];
}

export interface DatabaseNames {
  /** The maximum length of a name, in bytes of UTF-8. */
  maxBytes: number;
  /** What a name may not be, worded to follow "allows no database name that …". */
  refused: { pattern: RegExp; what: string } | undefined;
  /** The server's own databases: a restore into one of them would break the whole server. */
  system: readonly string[];
  /** Whether names may be case-insensitive. */
  mayFoldCase: boolean;
}

/** The numbers that the size of a task is computed from. */
export interface SizeFacts {
  /** The compression ratio of an object if the backup's record doesn't have it. */
  growth: number;
  /**
   * How many bytes of dump the sessions of one vCPU load per second, measured by test/bench on a machine with two
   * vCPUs.
   */
  bytesPerSecond: number;
  /** Whether a dump is written to the task's disk before the load. */
  spools: boolean;
}
