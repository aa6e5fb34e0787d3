import { ChecksumMismatch } from '../../lib/domain/errors.ts';
import type { EncryptionKey } from '../../lib/pipeline/decrypt.ts';
import { readDumpHead } from '../../lib/pipeline/dump-head.ts';
import type { ObjectSource } from '../../lib/pipeline/object-source.ts';
import { type OpenedBackup, openBackup } from '../../lib/pipeline/open-backup.ts';
import { engineFor } from './engine-for.ts';
import { type DumpStream, type Engine, streamed, type Target, type Telling } from './engines/engine.ts';
import { PrivateFiles } from './private-files.ts';

export interface SoundBackup {
  source: ObjectSource;
  /** The keys to try, likeliest first. */
  keys: readonly EncryptionKey[];
  /** What was found sound, and is loaded: this version and no other. The hash is null where nothing was verified. */
  verified: { etag: string; sha256: string | null };
  /** Size of the dump as far as it is known, which may be wrong. */
  dumpBytes: number | null;
}

export interface LoadOptions {
  telling: Telling;
  /** A directory that may be written to. */
  workDirectory: string;
  signal: AbortSignal;
  /** Called right before the target is written to. @throws what leaves it untouched. */
  beforeFirstWrite(): Promise<void>;
}

/**
 * Moves a backup into its target with bounded memory: as one stream, or by way of the disk.
 * @throws the StepError of the step that failed.
 */
export async function loadBackup(backup: SoundBackup, target: Target, options: LoadOptions): Promise<void> {
  const { telling, signal } = options;
  const { etag, sha256 } = backup.verified;
  const opened = await openBackup(backup.source, backup.keys, {
    pinnedEtag: etag,
    signal,
    onProgress: (bytesDone) => telling.progress(bytesDone),
  });
  telling.log(`DOWNLOAD: ${backup.source.location} (${opened.objectBytes} bytes)`);
  const { head, whole } = await readDumpHead(opened.dump);
  const engine = engineFor(target);
  try {
    await engine.inspect(head, telling);
    const chunks = checked(whole, opened, sha256);
    await load(engine, { chunks, objectBytes: opened.objectBytes, dumpBytes: backup.dumpBytes }, options);
  } finally {
    await whole.return(undefined);
  }
  const { compressedBytes, dumpBytes } = opened.passed();
  if (opened.encrypted) telling.log('DECRYPT: OK (AES-256-GCM)');
  telling.log(`DECOMPRESS: ${compressedBytes} -> ${dumpBytes} bytes`);
  telling.log('RESTORE: OK');
}

/** Runs the restore tool; what it leaves behind on the server when it fails is ended. */
async function load(engine: Engine, dump: DumpStream, options: LoadOptions): Promise<void> {
  const { telling, signal } = options;
  const files = await PrivateFiles.in(options.workDirectory);
  try {
    const loading = { files, telling, signal };
    const { chunks, bytesTotal } = (await engine.spool?.(dump, loading)) ?? streamed(dump);
    telling.stage('restoring', bytesTotal);
    await options.beforeFirstWrite();
    signal.throwIfAborted();
    await engine.load(chunks, loading).catch(async (error: unknown) => {
      await engine.endSessions().catch((failure: Error) => telling.warn(`a session may go on: ${failure.message}`));
      throw error;
    });
  } finally {
    await files.remove();
  }
}

/** The dump, and at its end the proof that it was the one that was verified: before the tool is told that it is over. */
async function* checked(
  dump: AsyncGenerator<Buffer>,
  opened: OpenedBackup,
  sha256: string | null,
): AsyncGenerator<Buffer> {
  yield* dump;
  if (sha256 !== null && opened.passed().sha256 !== sha256) {
    throw new ChecksumMismatch('the object changed between its verification and its restore', {
      hint: 'The target may be incomplete. Find out who writes to the bucket, verify the backup, then restore again.',
    });
  }
}
