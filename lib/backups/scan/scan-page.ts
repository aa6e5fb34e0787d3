import type { S3Client } from '@aws-sdk/client-s3';
import type { StorageProvider } from '../../connections/providers/model.ts';
import { listObjects } from '../../storage/objects/list-objects.ts';
import { BACKUPS_PREFIX } from '../../storage/objects/storage-path.ts';
import { PHYSICAL_PREFIXES, repositoryOfObject } from '../catalogue/backup-key.ts';
import type { ConnectionFinder } from '../catalogue/connection-of-key.ts';
import type { BackupTables } from '../tables.ts';
import { type Registered, registerScanned, type ScanTally } from './register-scanned.ts';
import { scanRepository } from './scan-repository.ts';

/** The prefixes that contain backups, ordered by key. */
const PREFIXES = [BACKUPS_PREFIX, ...PHYSICAL_PREFIXES].sort();
/** Comes after every key of a pgBackRest repository: its folders begin with letters. */
const END_OF_REPOSITORY = '/~';

export interface ScannedPage extends Registered {
  /** The key after which the next page begins. */
  after: string | null;
  more: boolean;
}

/**
 * Lists and registers one page of a bucket. A pgBackRest repository is a page of its own: only its list of backups is
 * read, because it may have very many objects.
 * @param after a key, or the beginning of a prefix; null to start at the beginning.
 */
export async function scanPage(
  records: Pick<BackupTables, 'backups' | 'connections'>,
  client: S3Client,
  provider: StorageProvider,
  findConnection: ConnectionFinder,
  after: string | null,
  before: ScanTally,
): Promise<ScannedPage> {
  const at = Math.max(
    0,
    PREFIXES.findIndex((prefix) => after?.startsWith(prefix)),
  );
  const { objects, isLast } = await listObjects(client, provider.bucket, PREFIXES[at] ?? '', after);
  const first = objects.findIndex(({ key }) => repositoryOfObject(key) !== undefined);
  const repository = repositoryOfObject(objects[first]?.key ?? '');
  if (repository !== undefined) {
    // objects before it belong to no repository
    const others = await registerScanned(records, provider, findConnection, objects.slice(0, first), before);
    const tally = await scanRepository(records, client, provider, findConnection, repository, others.tally);
    return { ...others, tally, after: repository.path + END_OF_REPOSITORY, more: true };
  }
  const registered = await registerScanned(records, provider, findConnection, objects, before);
  if (!isLast) return { ...registered, after: objects.at(-1)?.key ?? after, more: true };
  const next = PREFIXES[at + 1];
  return { ...registered, after: next ?? after, more: next !== undefined };
}
