import type { Target } from '../../lib/engines/load/engine.ts';
import { ChecksumMismatch, StepError } from '../../lib/errors/errors.ts';
import type { EncryptionKey } from '../../lib/pipeline/decryption/decrypt.ts';
import { PATIENCE_MS } from '../../lib/pipeline/download/download.ts';
import { type OpenedBackup, openBackup } from '../../lib/pipeline/opening/open-backup.ts';
import type { ObjectSource } from '../../lib/storage/objects/object-source.ts';
import { type LoadOptions, loadDump } from './load-dump.ts';

export interface SoundBackup {
  source: ObjectSource;
  /** The keys to try, most likely first. */
  keys: readonly EncryptionKey[];
  /** The reason why it has to be encrypted, in words; undefined if it need not be. */
  mustBeEncrypted?: string | undefined;
  /** The version that was verified: only this one is loaded. The hash is null if nothing was verified. */
  verified: { etag: string; sha256: string | null };
  /** Size of the dump if known. It may be wrong. */
  dumpBytes: number | null;
}

export interface OutageOption {
  /**
   * How long to keep retrying during a storage outage once the target has been written to, in ms. Before that,
   * PATIENCE_MS applies.
   */
  outageMs: number;
}

/**
 * Moves a backup into its target: download, decrypt, decompress, load.
 * @throws the StepError of the step that failed.
 */
export async function loadBackup(
  backup: SoundBackup,
  target: Target,
  { outageMs, ...options }: LoadOptions & OutageOption,
): Promise<void> {
  const { telling, signal } = options;
  let hasWritten = false;
  const loading: LoadOptions = {
    ...options,
    beforeFirstWrite: async () => {
      await options.beforeFirstWrite();
      hasWritten = true;
    },
  };
  const { etag, sha256 } = backup.verified;
  const opened = await openBackup(backup.source, backup.keys, {
    pinnedEtag: etag,
    mustBeEncrypted: backup.mustBeEncrypted,
    signal,
    onProgress: (bytesDone) => telling.progress(bytesDone),
    onOutage: (line) => telling.log(`DOWNLOAD: ${line}`),
    patienceMs: () => (hasWritten ? outageMs : PATIENCE_MS),
  });
  const { objectBytes } = opened;
  telling.log(`DOWNLOAD: ${backup.source.location} (${objectBytes} bytes)`);
  try {
    await loadDump({ chunks: checked(opened, sha256), objectBytes, dumpBytes: backup.dumpBytes }, target, loading);
  } catch (error) {
    if (sha256 !== null && error instanceof StepError && error.verdict) error.hint = CHANGED_ON_ITS_WAY;
    throw error;
  }
  const { compressedBytes, dumpBytes } = opened.passed();
  if (opened.encrypted) telling.log('DECRYPT: OK (AES-256-GCM)');
  telling.log(`DECOMPRESS: ${compressedBytes} -> ${dumpBytes} bytes`);
  telling.log('RESTORE: OK');
}

/** This exact version was verified before, and its ETag is the same. */
const CHANGED_ON_ITS_WAY =
  'Restore again: the backup passed its verification, so its bytes changed in transit. If it happens again, look for a proxy, a faulty network card or faulty memory between the storage and this service, or for someone who writes to the bucket.';

/** The dump. Before the tool's input ends, it is checked that this is the verified one. */
async function* checked(opened: OpenedBackup, sha256: string | null): AsyncGenerator<Buffer> {
  yield* opened.dump;
  if (sha256 !== null && opened.passed().sha256 !== sha256) {
    throw new ChecksumMismatch('the loaded bytes differ from the verified ones');
  }
}
