/** Facts about a database engine that don't depend on the caller: the pure part of the registry of engines. */

import type { DumpKind } from './dump-kind.ts';
import type { DbType, PhysicalEngine, SslMode } from './names.ts';
import type { SqlDialect } from './sql-dump-end.ts';

/** Fields of a connection that only some engines use. */
export type OwnField = 'trusted' | 'binlog_prefix' | 'cipher_pass';

export interface EngineFacts {
  /** The engine's name in messages and in the UI, as its makers write it. */
  title: string;
  defaultPort: number;
  /** What a target's URL may begin with: `postgresql:`. */
  urlSchemes: readonly string[];
  /** Dumps can be loaded between engines with the same dialect, except for features that they don't share. */
  sqlDialect: SqlDialect;
  dumpKinds: readonly DumpKind[];
  /** The tools that make its physical backups. */
  physicalEngines: readonly PhysicalEngine[];
  connectionFields: readonly OwnField[];
  /** What a TLS mode means for this engine, if it differs from the other engines. */
  sslModeNotes: Partial<Record<SslMode, string>>;
  /**
   * What else a server of this engine may claim to be before a login, for example because of a proxy in front of it.
   */
  mayGreetAs: readonly DbType[];
  names: DatabaseNames;
  size: SizeFacts;
  /** @param version as reported after a login by a server of this engine, or of one that shares its protocol */
  typeOfVersion(version: string): DbType;
  /**
   * The numbers by which releases are compared.
   * @param version as in a server's or a dump's description
   */
  release(version: string): [major: number, minor: number];
}

export interface DatabaseNames {
  /** In UTF-8. */
  maxBytes: number;
  /** What a name must not be like, worded to follow "allows no database name that …". */
  refused: { pattern: RegExp; what: string } | undefined;
  /** Restoring into one of these would break the whole server. */
  system: readonly string[];
  /** Whether names may ignore case. */
  mayFoldCase: boolean;
}

/** The figures that a task's size is computed from. */
export interface SizeFacts {
  /** The compression ratio of an object, if the backup's record doesn't say. */
  growth: number;
  /** How many bytes of dump one vCPU's sessions load per second, measured by test/bench on a machine with two. */
  bytesPerSecond: number;
  /** Whether a dump is written to the task's disk before the load. */
  spools: boolean;
}
