import {
  type DumpStream,
  type Loading,
  type PreparedLoad,
  type Reporter,
  streamed,
  type Target,
} from '../../lib/engines/load/engine.ts';
import { inspectTarget } from '../../lib/engines/load/engine-for.ts';
import { PrivateFiles } from '../../lib/engines/programs/private-files.ts';
import type { TableStates } from '../../lib/engines/table-states.ts';
import type { DumpContents } from '../../lib/formats/dump-contents.ts';
import { readDumpHead } from '../../lib/pipeline/opening/dump-head.ts';

export interface LoadOptions {
  telling: Reporter;
  /** A writable directory. */
  workDirectory: string;
  signal: AbortSignal;
  /** What the dump contains, if known. */
  contents?: DumpContents | undefined;
  /** Whether to collect statistics for tables without any, once all rows are loaded. */
  analyze: boolean;
  /** Called with the existing tables, and again with the new state of each. */
  tables: TableStates;
  /** As in `Loading`. */
  loaded?: Loading['loaded'];
  /**
   * Called right before the target is written to.
   * @throws to leave it untouched.
   */
  beforeFirstWrite(): Promise<void>;
  /** Called after a failed load that has removed everything it wrote. */
  isAsBefore(): void;
  /**
   * Called before each further destructive step that may come after a wait.
   * @throws to stop the load.
   */
  beforeNextWrite(): Promise<void>;
}

/**
 * Loads a dump into its target with bounded memory: either as one stream, or from a file on the disk.
 * @throws the dump's own error, or RestoreError.
 */
export async function loadDump(dump: DumpStream, target: Target, options: LoadOptions): Promise<void> {
  const { head, whole } = await readDumpHead(dump.chunks);
  try {
    const prepared = await inspectTarget(target, { ...head, contents: options.contents }, options.telling);
    try {
      await load(prepared, { ...dump, chunks: whole }, options);
    } finally {
      await prepared.close?.(options.telling);
    }
  } finally {
    await whole.return(undefined);
  }
}

/** Runs the restore tool; if it fails, ends what it left behind on the server. */
async function load(prepared: PreparedLoad, dump: DumpStream, options: LoadOptions): Promise<void> {
  const { telling, signal, analyze, tables, contents, loaded } = options;
  const files = await PrivateFiles.in(options.workDirectory);
  try {
    const loading = {
      files,
      telling,
      signal,
      analyze,
      tables,
      contents,
      ...(loaded === undefined ? {} : { loaded }),
      beforeNextWrite: () => options.beforeNextWrite(),
      isAsBefore: () => options.isAsBefore(),
    };
    const { chunks, bytesTotal } = (await prepared.spool?.(dump, loading)) ?? streamed(dump);
    telling.stage('restoring', bytesTotal);
    await options.beforeFirstWrite();
    signal.throwIfAborted();
    await prepared.load(endingUnderClaim(chunks, options), loading).catch(async (error: unknown) => {
      await prepared
        .endSessions()
        .catch((failure: Error) =>
          telling.warn(
            `sessions of this restore may still be active in the database: ${failure.message}; the next restore into it ends them first`,
          ),
        );
      throw error;
    });
  } finally {
    await files.remove();
  }
}

/** The dump, with one more check at its end: plain SQL is committed when its input ends. */
async function* endingUnderClaim(
  chunks: AsyncIterable<Buffer>,
  { beforeNextWrite }: Pick<LoadOptions, 'beforeNextWrite'>,
): AsyncGenerator<Buffer> {
  yield* chunks;
  await beforeNextWrite();
}
