/** What differs between engines, behind one small interface. */

import type { DumpHead } from '../../databases/dump-head.ts';
import type { DumpContents } from '../../formats/dump-contents.ts';
import type { Progress } from '../../pipeline/progress.ts';
import type { Access } from '../connect/connect.ts';
import type { PrivateFiles } from '../programs/private-files.ts';
import type { TableStates } from '../table-states.ts';

export interface Target extends Access {
  /** The database that is written. */
  database: string;
  restoreId: string;
  /** Whether the dump may run with all of the connection's rights: an administrator said so, and no event started it. */
  trusted?: boolean | undefined;
  /** Whether a restore of that id is known here, and over. */
  hasEnded?(restoreId: string): Promise<boolean>;
  /** The latest restores over the same connection that are over. */
  endedRestores?(): Promise<readonly string[]>;
}

/** A program to run, as data: built by pure functions, run by run-command.ts. */
export interface ToolCommand {
  command: string;
  args: string[];
  /** All of the environment that it gets. */
  env: Record<string, string>;
}

/** Where an engine tells the people who watch. */
export interface Reporter {
  log(line: string): void;
  warn(line: string): void;
  /** @param bytesTotal what `progress` counts up to */
  stage(stage: Progress['stage'], bytesTotal: number): void;
  progress(bytesDone: number): void;
}

/** A dump on its way. */
export interface DumpStream {
  /** It fails at its end when it is not the one that was verified. */
  chunks: AsyncGenerator<Buffer>;
  /** Size of the object that it comes from: the stream tells its own progress in these bytes. */
  objectBytes: number;
  /** Size of the dump as the backup's record says it, which may be wrong; null if it does not. */
  dumpBytes: number | null;
  /** The file that holds all of it already, on the disk that loads use: an engine may move it away, and leave `chunks`. */
  file?: string | undefined;
}

/** What is left of a dump for the load. */
export interface SpooledDump {
  chunks: AsyncIterable<Buffer>;
  /** What the progress of the load counts up to. */
  bytesTotal: number;
}

/** How a tool ended. */
export interface ToolEnd {
  /** Null when a signal ended it. */
  exitCode: number | null;
  /** That signal: `SIGKILL`. */
  signal?: NodeJS.Signals | null;
  /** The last of what it wrote to stderr. */
  stderr: string;
}

/** A dump of which nothing was read ahead. */
export function streamed({ chunks, objectBytes }: DumpStream): SpooledDump {
  return { chunks, bytesTotal: objectBytes };
}

/** What a load needs besides the dump. */
export interface Loading {
  /** A private directory for the time of the load. */
  files: PrivateFiles;
  telling: Reporter;
  signal: AbortSignal;
  /** What the dump contains, if that is known: else it is found out as far as the dump is read ahead. */
  contents?: DumpContents | undefined;
  /** Whether tables without statistics get some once all rows are there. */
  analyze: boolean;
  /** Receives which tables exist, and what becomes of each. */
  tables: TableStates;
  /** To be called once it is certain that the target is as it was before the load, whatever was sent to it. */
  isAsBefore(): void;
  /** To be called before each step that destroys something and may come after a wait. @throws what stops the load. */
  beforeNextWrite(): Promise<void>;
}

/**
 * Ends what sessions earlier restores have left in the target, then looks at it without writing.
 * @throws RestoreError for what stands in the way; nothing is left on the server then.
 */
export type Inspect = (target: Target, head: DumpHead, telling: Reporter) => Promise<PreparedLoad>;

/** One restore into one target that was looked at. The methods are called in this order. */
export interface PreparedLoad {
  /** Reads of the dump what has to be on the disk before the load; an engine without it loads from the stream. */
  spool?(dump: DumpStream, loading: Loading): Promise<SpooledDump>;
  /**
   * Creates the database if it is missing, and loads the dump with the engine's tools, which have ended when this does.
   * @throws RestoreError for a failure, the dump's own error, or the signal's reason.
   */
  load(dump: AsyncIterable<Buffer>, loading: Loading): Promise<void>;
  /** Ends what tools that were killed left running on the server. */
  endSessions(): Promise<void>;
  /** Takes away what the look has made for the load on the server. Called once, whatever has happened since. */
  close?(telling: Reporter): Promise<void>;
}
