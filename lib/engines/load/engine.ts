/** What differs between engines, behind one small interface. */

import type { DumpHead } from '../../databases/dump-head.ts';
import type { DumpContents } from '../../formats/dump-contents.ts';
import type { Progress } from '../../pipeline/progress.ts';
import type { Access } from '../connect/connect.ts';
import type { PrivateFiles } from '../programs/private-files.ts';
import type { TableStates } from '../table-states.ts';

export interface Target extends Access {
  /** What is free on the server's disk, if a person said so. */
  freeBytes?: number | null;
  /** The database to write. */
  database: string;
  restoreId: string;
  /**
   * Whether the dump may run with all of the connection's rights: an administrator allowed it, and no event started the
   * restore.
   */
  trusted?: boolean | undefined;
  /** Whether a restore with that id is known here and has ended. */
  hasEnded?(restoreId: string): Promise<boolean>;
  /** The latest restores over the same connection that have ended. */
  endedRestores?(): Promise<readonly string[]>;
}

/** A program to run, as data: built by pure functions, run by run-command.ts. */
export interface ToolCommand {
  command: string;
  args: string[];
  /** The tool's whole environment. */
  env: Record<string, string>;
}

/** Where an engine reports to the people who watch. */
export interface Reporter {
  log(line: string): void;
  warn(line: string): void;
  /** @param bytesTotal the value that `progress` counts up to */
  stage(stage: Progress['stage'], bytesTotal: number): void;
  progress(bytesDone: number): void;
}

/** A dump that is being read. */
export interface DumpStream {
  /** The stream fails at its end if this isn't the dump that was verified. */
  chunks: AsyncGenerator<Buffer>;
  /** Size of the object that the dump comes from: the stream reports its own progress in these bytes. */
  objectBytes: number;
  /** Size of the dump according to the backup's record, which may be wrong; null if the record doesn't say. */
  dumpBytes: number | null;
  /**
   * The file that already holds the whole dump, on the disk that loads use: an engine may move it away, and then leaves
   * `chunks` unread.
   */
  file?: string | undefined;
}

/** The part of a dump that is left for the load. */
export interface SpooledDump {
  chunks: AsyncIterable<Buffer>;
  /** The value that the load's progress counts up to. */
  bytesTotal: number;
}

/** How a tool ended. */
export interface ToolEnd {
  /** Null when a signal ended it. */
  exitCode: number | null;
  /** That signal: `SIGKILL`. */
  signal?: NodeJS.Signals | null;
  /** The end of the tool's stderr. */
  stderr: string;
}

/** A dump before anything is read from it. */
export function streamed({ chunks, objectBytes }: DumpStream): SpooledDump {
  return { chunks, bytesTotal: objectBytes };
}

/** Rows that a load brought into a table that it made. */
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
  /** What the dump contains, if that is known: else it is found out as far as the dump is read ahead. */
  contents?: DumpContents | undefined;
  /** Whether to collect statistics for tables without any, once all rows are loaded. */
  analyze: boolean;
  /** Receives which tables exist, and the state of each. */
  tables: TableStates;
  /** Receives, after a load without failures, how many rows it brought into each table, if the server knows. */
  loaded?(rows: readonly LoadedRows[]): Promise<void>;
  /** Called once it is certain that the target is as it was before the load, even though statements were sent to it. */
  isAsBefore(): void;
  /**
   * Called before each step that destroys something and may come after a wait.
   * @throws to stop the load.
   */
  beforeNextWrite(): Promise<void>;
}

/** What is known of a dump before it is loaded. */
export interface KnownDump extends DumpHead {
  /** What it contains, if that was kept. */
  contents?: DumpContents | undefined;
}

/**
 * Ends the sessions that earlier restores left in the target, then inspects it without writing.
 * @throws RestoreError for blockers; then nothing is left on the server.
 */
export type Inspect = (target: Target, dump: KnownDump, telling: Reporter) => Promise<PreparedLoad>;

/** One restore into one target that was inspected. The methods are called in this order. */
export interface PreparedLoad {
  /**
   * Reads the part of the dump that has to be on the disk before the load; engines without this method load from the
   * stream.
   */
  spool?(dump: DumpStream, loading: Loading): Promise<SpooledDump>;
  /**
   * Creates the database if it is missing, and loads the dump with the engine's tools, which have ended when this
   * returns.
   * @throws RestoreError for a failure, the dump's own error, or the signal's reason.
   */
  load(dump: AsyncIterable<Buffer>, loading: Loading): Promise<void>;
  /** Ends whatever killed tools left running on the server. */
  endSessions(): Promise<void>;
  /** Removes what the inspection created on the server for the load. Called once, whatever has happened since. */
  close?(telling: Reporter): Promise<void>;
}
