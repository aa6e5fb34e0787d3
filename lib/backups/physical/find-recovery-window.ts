import { readCipherPass } from '../../connections/keys/cipher-pass.ts';
import type { StorageProvider } from '../../connections/providers/model.ts';
import type { Secrets } from '../../connections/secrets.ts';
import { factsOf, isInRepository } from '../../databases/physical-tools.ts';
import { Impossible, StorageProviderError } from '../../errors/errors.ts';
import { inTime } from '../../pipeline/in-time.ts';
import { listObjects } from '../../storage/objects/list-objects.ts';
import { s3ClientFor } from '../../storage/objects/s3-source.ts';
import { resolveProvider, secretKeyOf } from '../backup-object.ts';
import type { Backup } from '../model.ts';
import type { Readers } from '../tables.ts';
import { historyReader } from './archive-files.ts';
import { type Bucket, findBinaryLogs, findWal } from './archived-logs.ts';
import { type Chain, nameOf } from './chain.ts';
import { loadChain } from './load-chain.ts';
import { type FoundLogs, logsAlong, type RecoveryWindow, windowOf } from './recovery-window.ts';

/**
 * Listing stops after this time. A call has to answer within 20 s, and a page that is still being read may take some of
 * that.
 */
const LISTING_MS = 10_000;
/** How long to wait for that last page. */
const PAGE_MS = 4_000;

/**
 * The range of times that a backup can be recovered to, according to its chain and the objects in its bucket.
 * @param deadline a time in ms: archived logs that aren't listed by then are left out, and the result says so.
 * @throws Impossible for a dump; StorageProviderError if its storage can't be listed, or doesn't answer in time.
 */
export async function readRecoveryWindow(
  records: Readers,
  secrets: Secrets,
  backup: Backup,
  deadline = Date.now() + LISTING_MS,
): Promise<RecoveryWindow> {
  if (backup.engine === null) {
    throw new Impossible(`backup ${backup.id} is a dump, which holds one moment`, {
      hint: 'Only physical backups, made with pgBackRest, Mariabackup or XtraBackup, can be recovered to other points.',
    });
  }
  const chain = await loadChain(records, backup);
  const provider = await resolveProvider(records, backup);
  // a separate client, because closing it aborts whatever is still running when time is up
  const client = s3ClientFor(provider, await secretKeyOf(secrets, provider), { maxAttempts: 3 });
  const bucket = { client, name: provider.bucket };
  try {
    const looking = () => lookInto(records, secrets, bucket, backup, chain, deadline);
    return await inTime(looking, deadline + PAGE_MS - Date.now(), () => noAnswer(provider));
  } finally {
    client.destroy();
  }
}

async function lookInto(
  records: Pick<Readers, 'connections'>,
  secrets: Secrets,
  bucket: Bucket,
  backup: Backup,
  chain: Chain,
  deadline: number,
): Promise<RecoveryWindow> {
  const found = await findLinks(bucket, chain.chain);
  const logs = await logsOf(records, secrets, bucket, backup, deadline);
  return windowOf(
    backup,
    { chain: found.map(({ link }) => link), missing: [...chain.missing, ...found.flatMap(({ gone }) => gone)] },
    logs,
  );
}

function noAnswer({ name }: StorageProvider): StorageProviderError {
  return new StorageProviderError(`the storage provider ${name} does not answer in time`, {
    hint: 'Check its endpoint, and that the network lets the service reach it.',
  });
}

/**
 * The links of a chain, with sizes from the bucket if their records lack them, and the links that no longer exist:
 * pgBackRest and other tools remove the oldest ones by themselves.
 */
async function findLinks(bucket: Bucket, chain: Chain['chain']): Promise<{ link: Backup; gone: string[] }[]> {
  const looked = chain.map(async (link) => {
    const key = isInRepository(link.engine)
      ? `${link.storage_path}/backup/${link.stanza}/${link.label}/backup.manifest`
      : link.storage_path;
    const { objects } = await listObjects(bucket.client, bucket.name, key, null);
    const found = objects.find((object) => object.key === key);
    if (found === undefined) {
      return { link, gone: [`backup ${nameOf(link)} is no longer in the bucket: there is no ${key}`] };
    }
    // for a repository, this is the size of its list of files
    const isWhole = key === link.storage_path && link.object_bytes === null;
    return { link: isWhole ? { ...link, object_bytes: found.bytes } : link, gone: [] };
  });
  return Promise.all(looked);
}

async function logsOf(
  records: Pick<Readers, 'connections'>,
  secrets: Secrets,
  bucket: Bucket,
  backup: Backup,
  deadline: number,
): Promise<FoundLogs> {
  const { engine, connection_id, completed_at, wal_start, wal_stop, from_lsn, to_lsn } = backup;
  if (completed_at === null) return noLogs('the logs archived after the backup are unknown');
  if (engine !== null && factsOf(engine).log === 'wal') {
    if (wal_start !== null && wal_stop !== null) {
      const archive = `${backup.storage_path}/archive/${backup.stanza}`;
      const readHistory = historyReader(bucket, archive, () => readCipherPass(secrets, connection_id));
      return logsAlong(await findWal(bucket, backup, { wal_start, wal_stop, from_lsn, to_lsn }, readHistory, deadline));
    }
    return noLogs('the record of the backup does not say which WAL segments it needs');
  }
  const connection = await records.connections.get(connection_id);
  if (connection === undefined || connection.binlog_prefix === null) {
    return noLogs('the connection has no binlog_prefix, which says where its binary logs are archived');
  }
  return findBinaryLogs(bucket, connection.binlog_prefix, new Date(completed_at), deadline);
}

function noLogs(note: string): FoundLogs {
  return { logs: [], missing: [], notes: [note], isCut: false };
}
