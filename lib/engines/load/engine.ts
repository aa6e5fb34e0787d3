/** What differs between engines when a dump is loaded, behind one small interface. */

import type { DumpHead } from '../../databases/dump-head.ts';
import type { DumpContents } from '../../formats/dump-contents.ts';
import type { Progress } from '../../pipeline/progress.ts';
import type { Access } from '../connect/connect.ts';
import type { PrivateFiles } from '../programs/private-files.ts';
import type { TableStates } from '../table-states.ts';

export interface Target extends Access {
  /** The free bytes on the server's disk, if a person entered them. */
  freeBytes?: number | null;
  /** The database to write to. */
  database: string;
  restoreId: string;
  /**
   * Whether the dump may use all of the connection's rights: an administrator allowed it, and no event started the
   * restore.
   */
  trusted?: boolean | undefined;
  /** Whether this service knows a restore with that id, and the restore has ended. */
  hasEnded?(restoreId: string): Promise<boolean>;
  /** The latest restores with the same connection that have ended. */
  endedRestores?(): Promise<readonly string[]>;
}

/** A program to run, as data: pure functions build it, and run-command.ts runs it. */
export interface ToolCommand {
  command: string;
  args: string[];
  /** The tool's complete environment. */
  env: Record<string, string>;
}

/** Where an engine reports progress and messages. */
export interface Reporter {
  log(line: string): void;
  warn(line: string): void;
  /** @param bytesTotal the value at which `progress` is complete */
  stage(stage: Progress['stage'], bytesTotal: number): void;
  progress(bytesDone: number): void;
}

/** A dump that is being read. */
export interface DumpStream {
  /** The stream fails at its end if this isn't the dump that was verified. */
  chunks: AsyncGenerator<Buffer>;
  /** The size of the object that the dump comes from. The stream reports its own progress in these bytes. */
  objectBytes: number;
  /** The dump's size according to the backup's record, which may be wrong; null if the record doesn't have it. */
  dumpBytes: number | null;
  /**
   * The file that already contains the whole dump, on the disk that loads use. An engine may move it away, and then
   * doesn't read `chunks`.
   */
  file?: string | undefined;
}

/** The part of a dump that has not been read yet. */
export interface SpooledDump {
  chunks: AsyncIterable<Buffer>;
  /** The value at which the load's progress is complete. */
  bytesTotal: number;
}

/** How a tool ended. */
export interface ToolEnd {
  /** Null if a signal ended it. */
  exitCode: number | null;
  /** That signal: `SIGKILL`. */
  signal?: NodeJS.Signals | null;
  /** The end of the tool's stderr. */
  stderr: string;
}

/** A dump of which nothing has been read. */
export function streamed({ chunks, objectBytes }: DumpStream): SpooledDump {
  return { chunks, bytesTotal: objectBytes };
}

/** The rows that a load wrote into a table that it created. */
export interface LoadedRows {
  schema: string;
  name: string;
  rows: number;
}

/** What a load needs besides the dump. */
export interface Loading {
  /** A private directory that exists during the load. */
  files: PrivateFiles;
  telling: Reporter;
  signal: AbortSignal;
  /** What the dump contains, if known. If not, the engine finds out as much as the part that is read ahead shows. */
  contents?: DumpContents | undefined;
  /** Whether to collect statistics for tables without any, once all rows are loaded. */
  analyze: boolean;
  /** Called with the existing tables, and again with the new state of each. */
  tables: TableStates;
  /**
   * Called after a load without failures with the number of rows that it wrote into each table, if the server knows
   * that.
   */
  loaded?(rows: readonly LoadedRows[]): Promise<void>;
  /** Called once it is certain that the target is the same as before the load, although statements were sent to it. */
  isAsBefore(): void;
  /**
   * Called before each destructive step that may come after a wait.
   * @throws to stop the load.
   */
  beforeNextWrite(): Promise<void>;
}

/** What is known about a dump before it is loaded. */
export interface KnownDump extends DumpHead {
  /** What the dump contains, if that was stored. */
  contents?: DumpContents | undefined;
}

/**
 * Ends the sessions that earlier restores left in the target, then inspects the target without writing.
 * @throws RestoreError for blockers; then nothing is left on the server.
 */
export type Inspect = (target: Target, dump: KnownDump, telling: Reporter) => Promise<PreparedLoad>;

/** One restore into one inspected target. The methods are called in this order. */
export interface PreparedLoad {
  /**
   * Reads the part of the dump that has to be on the disk before the load. An engine without this method loads from the
   * stream.
   */
  spool?(dump: DumpStream, loading: Loading): Promise<SpooledDump>;
  /**
   * Creates the database if it doesn't exist, and loads the dump with the engine's tools. When this returns, the tools
   * have ended.
   * @throws RestoreError for a failure, the dump's own error, or the signal's reason.
   */
  load(dump: AsyncIterable<Buffer>, loading: Loading): Promise<void>;
  /** Ends everything that killed tools left running on the server. */
  endSessions(): Promise<void>;
  /**
   * Removes everything that the inspection created on the server for the load. Called once, whatever has happened
   * since.
   */
  close?(telling: Reporter): Promise<void>;
}
