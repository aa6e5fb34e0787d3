/** What the engines of physical backups share: a copy of the backed-up server on the task's own disk. */

import type { Backup } from '../../../lib/backups/model.ts';
import type { Reporter } from '../../../lib/engines/load/engine.ts';
import type { RecoveryTarget } from '../../../lib/engines/physical/recovery-target.ts';
import type { Restore } from '../../../lib/restores/model.ts';

type Timings = NonNullable<Restore['recovery']>['timings'];

export interface Staging {
  /** The backups to combine: the full one first, the requested one last. */
  chain: readonly Backup[];
  target: RecoveryTarget;
  /** A private directory on the task's disk, empty, for the server's files; its owner removes it. */
  directory: string;
  telling: Reporter;
  /** Told how long each step took, once it is done. */
  took(timings: Partial<Timings>): void;
  signal: AbortSignal;
}

/** A running server that has the backup's databases, recovered to the requested point. It only listens on a socket. */
export interface StagedServer {
  /** How far recovery got, in words: `transaction 742, committed 2026-11-22T10:00:03Z`. */
  reached: string;
  /** The names of its databases, without the server's own. */
  databases(): Promise<string[]>;
  /** Approximate size in bytes of a database's dump; null if unknown. */
  dumpBytes(database: string): Promise<number | null>;
  /**
   * A dump of one database, written by the engine's own dump tool and readable by the loaders of full backups. It
   * throws RestoreError before its end if the tool fails; if the stream is returned early, the tool is ended.
   */
  dump(database: string): AsyncGenerator<Buffer>;
  /** Ends the server, and waits until it has ended; its files stay for the directory's owner to remove. */
  stop(): Promise<void>;
}
