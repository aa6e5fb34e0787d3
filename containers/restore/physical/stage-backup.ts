import type { S3Client } from '@aws-sdk/client-s3';
import type { Records } from '../../../lib/api/tables.ts';
import { keysFor, openProvider, resolveProvider } from '../../../lib/backups/backup-object.ts';
import type { Backup } from '../../../lib/backups/model.ts';
import { listBinaryLogs } from '../../../lib/backups/physical/archived-logs.ts';
import { readRecoveryWindow } from '../../../lib/backups/physical/find-recovery-window.ts';
import { loadChain } from '../../../lib/backups/physical/load-chain.ts';
import type { WindowTimeline } from '../../../lib/backups/physical/recovery-window.ts';
import { repositoryCipher } from '../../../lib/backups/physical/repository-cipher.ts';
import { windowRefusals } from '../../../lib/backups/physical/window-refusals.ts';
import type { Connection } from '../../../lib/connections/model.ts';
import type { StorageProvider } from '../../../lib/connections/providers/model.ts';
import type { Secrets } from '../../../lib/connections/secrets.ts';
import type { PhysicalEngine } from '../../../lib/databases/names.ts';
import { binlogFolder } from '../../../lib/engines/physical/binary-logs.ts';
import { NotFound, RestoreError, throwFirst } from '../../../lib/errors/errors.ts';
import { encryptionDemand } from '../../../lib/pipeline/decryption/encryption-demand.ts';
import { s3Source } from '../../../lib/storage/objects/s3-source.ts';
import { stageInnodbCopy } from './innodb/innodb-copy.ts';
import { stagePgBackRest } from './pgbackrest/pgbackrest.ts';
import type { StagedServer, Staging } from './staged-server.ts';

/** A physical backup, and the directory to recover it in. */
export type StagedBackup = Omit<Staging, 'chain'> & {
  backup: Backup;
  /**
   * For pgBackRest, the timeline to follow to the requested point. Null for other engines, and for the backup's own
   * state.
   */
  timeline: number | null;
};

/**
 * Starts a copy of the server that a physical backup comes from, with the engine's own tools.
 * @throws RestoreError, or the StepError of the step that failed.
 */
export async function stageBackup(
  records: Records,
  secrets: Secrets,
  { backup, timeline, ...where }: StagedBackup,
): Promise<StagedServer> {
  const { chain, missing } = await loadChain(records, backup);
  if (missing.length > 0) {
    throw new RestoreError(`the chain of the backup is not complete: ${missing.join('; ')}`, {
      hint: 'Restore another backup.',
    });
  }
  const connection = await records.connections.get(backup.connection_id);
  if (connection === undefined) throw new NotFound('the connection of the backup is gone');
  if (backup.engine === null) throw new Error(`backup ${backup.id} is a dump`);
  const provider = await resolveProvider(records, backup);
  const stored: StoredChain = { backup, connection, provider, client: await openProvider(secrets, provider), timeline };
  return STAGERS[backup.engine](records, secrets, { ...where, chain }, stored);
}

/** A chain, and the location of its objects. */
interface StoredChain extends Pick<StagedBackup, 'backup' | 'timeline'> {
  connection: Connection;
  provider: StorageProvider;
  client: S3Client;
}

type Stager = (records: Records, secrets: Secrets, staging: Staging, stored: StoredChain) => Promise<StagedServer>;

const STAGERS: Record<PhysicalEngine, Stager> = {
  pgbackrest: stageRepository,
  mariabackup: stageArchives,
  xtrabackup: stageArchives,
};

async function stageRepository(
  records: Records,
  secrets: Secrets,
  staging: Staging,
  { backup, connection, provider, client, timeline }: StoredChain,
): Promise<StagedServer> {
  const cipherPass = await repositoryCipher(secrets, backup, connection);
  const along = await timelineOf(records, secrets, backup, staging.target, timeline);
  return stagePgBackRest(staging, { provider, cipherPass, credentials: () => client.config.credentials() }, along);
}

async function stageArchives(
  _records: Records,
  secrets: Secrets,
  staging: Staging,
  { connection, provider, client }: StoredChain,
): Promise<StagedServer> {
  const source = (key: string) => s3Source(client, provider.bucket, key);
  const objects = await Promise.all(
    staging.chain.map(async (link) => ({
      backup: link,
      source: source(link.storage_path),
      keys: await keysFor(secrets, link),
      checksum: link.checksum,
      mustBeEncrypted: encryptionDemand(link, connection),
    })),
  );
  const { binlog_prefix } = connection;
  if (staging.target.kind === 'backup' || binlog_prefix === null) return stageInnodbCopy(staging, objects, undefined);
  const names = await listBinaryLogs({ client, name: provider.bucket }, binlog_prefix);
  return stageInnodbCopy(staging, objects, {
    names,
    source: (name) => source(`${binlogFolder(binlog_prefix)}${name}`),
  });
}

/** A task has hours: it lists the whole archive. */
const LISTING_MS = 3_600_000;

/**
 * The timeline to follow, read from the archive again: it was chosen when the restore was requested.
 * @returns undefined for the backup's own state.
 * @throws Impossible for a timeline that can't be followed.
 */
async function timelineOf(
  records: Records,
  secrets: Secrets,
  backup: Backup,
  target: Staging['target'],
  timeline: number | null,
): Promise<WindowTimeline | undefined> {
  if (target.kind === 'backup') return undefined;
  const window = await readRecoveryWindow(records, secrets, backup, Date.now() + LISTING_MS);
  throwFirst(windowRefusals(window, target, timeline));
  return window.timelines.find((one) => one.timeline === (timeline ?? window.timeline));
}
