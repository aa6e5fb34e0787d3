/** What is true of a database engine, whoever asks: the pure part of the registry of engines. */

import type { DumpKind } from './dump-kind.ts';
import type { DbType, PhysicalEngine, SslMode } from './names.ts';
import type { SqlDialect } from './sql-dump-end.ts';

/** Fields of a connection that only servers of some engines have a use for. */
export type OwnField = 'trusted' | 'binlog_prefix' | 'cipher_pass';

export interface EngineFacts {
  /** The engine's name in messages and in the UI, as its makers write it. */
  title: string;
  defaultPort: number;
  /** What a target's URL may begin with: `postgresql:`. */
  urlSchemes: readonly string[];
  /** Dumps of engines with the same dialect can be loaded into each other, as far as their features go. */
  sqlDialect: SqlDialect;
  dumpKinds: readonly DumpKind[];
  /** The tools that its physical backups are made with. */
  physicalEngines: readonly PhysicalEngine[];
  connectionFields: readonly OwnField[];
  /** What a TLS mode means here, if it is not what it means elsewhere. */
  sslModeNotes: Partial<Record<SslMode, string>>;
  /** What else a server of this engine may say that it is before a login, as a proxy in front of it does. */
  mayGreetAs: readonly DbType[];
  names: DatabaseNames;
  size: SizeFacts;
  /** @param version as a server of this engine, or of one that shares its protocol, says it after a login */
  typeOfVersion(version: string): DbType;
  /** The numbers that tell whether one release is older than another. @param version as a server or a dump says it */
  release(version: string): [major: number, minor: number];
}

export interface DatabaseNames {
  /** In UTF-8. */
  maxBytes: number;
  /** What no name may be like, and how that is said after "takes no database name that …". */
  refused: { pattern: RegExp; what: string } | undefined;
  /** A restore into one of these would break the whole server. */
  system: readonly string[];
  /** Whether capitals may stand for small letters. */
  mayFoldCase: boolean;
}

/** What the size of a task is computed from. */
export interface SizeFacts {
  /** What an object becomes without gzip, if the backup's record doesn't say so. */
  growth: number;
  /** Bytes of dump that one vCPU's sessions load a second. By test/bench, on a machine of two. */
  bytesPerSecond: number;
  /** Whether a dump is written to the task's disk before it is loaded. */
  spools: boolean;
}
