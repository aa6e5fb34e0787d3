/**
 * What the engines of physical backups have in common: each runs a copy of the backed-up server on the task's own disk.
 */

import type { Backup } from '../../../lib/backups/model.ts';
import type { Reporter } from '../../../lib/engines/load/engine.ts';
import type { RecoveryTarget } from '../../../lib/engines/physical/recovery-target.ts';
import type { Restore } from '../../../lib/restores/model.ts';

type Timings = NonNullable<Restore['recovery']>['timings'];

export interface Staging {
  /** The backups to combine: the full one first, the requested one last. */
  chain: readonly Backup[];
  target: RecoveryTarget;
  /** A private, empty directory on the task's disk for the server's files. Its owner removes it. */
  directory: string;
  telling: Reporter;
  /** Called with the duration of each step once the step is done. */
  took(timings: Partial<Timings>): void;
  signal: AbortSignal;
}

/** A running server with the backup's databases, recovered to the requested point. It only listens on a socket. */
export interface StagedServer {
  /** How far recovery got, in words: `transaction 742, committed 2026-11-22T10:00:03Z`. */
  reached: string;
  /** The names of its databases, except the server's own. */
  databases(): Promise<string[]>;
  /** Approximate size in bytes of a database's dump; null if unknown. */
  dumpBytes(database: string): Promise<number | null>;
  /**
   * A dump of one database, written by the engine's own dump tool in the form of a full backup. It throws RestoreError
   * before its end if the tool fails. If the stream is returned early, the tool is ended.
   */
  dump(database: string): AsyncGenerator<Buffer>;
  /** Ends the server, and waits until it has ended. Its files stay, and the directory's owner removes them. */
  stop(): Promise<void>;
}
