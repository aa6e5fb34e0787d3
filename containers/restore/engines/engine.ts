/** What differs between engines, behind one small interface. */

import type { Access } from '../../../lib/databases/connect.ts';
import type { DumpHead } from '../../../lib/domain/dump-head.ts';
import type { Progress } from '../../../lib/domain/records.ts';
import type { PrivateFiles } from '../private-files.ts';

export interface Target extends Access {
  /** The database that is written. */
  database: string;
  restoreId: string;
}

/** A program to run, as data: built by pure functions, run by run-command.ts. */
export interface ToolCommand {
  command: string;
  args: string[];
  /** All of the environment that it gets. */
  env: Record<string, string>;
}

/** Where an engine tells the people who watch. */
export interface Telling {
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
  /** Size of the dump as the backup's record says it, which may be wrong; null where it does not. */
  dumpBytes: number | null;
}

/** What the tool is given. */
export interface Feed {
  chunks: AsyncIterable<Buffer>;
  /** What the progress of the restore counts up to. */
  bytesTotal: number;
}

/** How a tool ended. */
export interface ToolEnd {
  /** Null when a signal ended it. */
  exitCode: number | null;
  /** The last of what it wrote to stderr. */
  stderr: string;
}

/** One restore into one target. The methods are called in this order. */
export interface Engine {
  /** Looks at the target without writing. @throws RestoreError for what stands in the way. */
  inspect(head: DumpHead, telling: Telling): Promise<void>;
  /** Reads of the dump what has to be there before the tool starts. Does not touch the target. */
  feed(dump: DumpStream, files: PrivateFiles, telling: Telling): Promise<Feed>;
  /** Creates the database where it is missing, and says how the tool is run. */
  prepare(files: PrivateFiles): Promise<ToolCommand>;
  /** Is told of the tool's process. */
  readonly onStart?: (pid: number) => void;
  /** Takes what the tool writes while it runs. */
  readonly onStdout: (text: string) => void;
  readonly onStderr: (text: string) => void;
  /** Decides what the tool's end means. @throws RestoreError for a failure. */
  judge(end: ToolEnd, telling: Telling): Promise<void>;
  /** Ends the tool's session on the server, for a tool that was killed. */
  endSession(): Promise<void>;
}
