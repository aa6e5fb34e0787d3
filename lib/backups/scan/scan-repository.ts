import type { S3Client } from '@aws-sdk/client-s3';
import type { Connection } from '../../connections/model.ts';
import type { StorageProvider } from '../../connections/providers/model.ts';
import { isMadeWith } from '../../databases/engines.ts';
import { DownloadError } from '../../errors/errors.ts';
import { stanzaName } from '../../formats/pgbackrest/stanza.ts';
import { readSmallObject } from '../../storage/objects/small-object.ts';
import { pgbackrestBackupId } from '../catalogue/backup-id.ts';
import type { RepositoryKey } from '../catalogue/backup-key.ts';
import type { ConnectionFinder } from '../catalogue/connection-of-key.ts';
import { filling } from '../catalogue/filling.ts';
import { idsOfSets, pgbackrestRecords } from '../catalogue/pgbackrest-records.ts';
import { recordsOfRepository } from '../catalogue/records-of-repository.ts';
import { type PgBackRestBackup, readBackupInfo } from '../catalogue/repository-info.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';
import { fill, registerNew, type ScanTally } from './register-scanned.ts';
import { withSkipped } from './scanned-object.ts';

/** A backup takes about 700 bytes in the list. */
const MAX_INFO_BYTES = 32 * 1024 * 1024;

/**
 * Registers the backups that a pgBackRest repository lists. A backup that is no longer listed stays in the catalogue,
 * and its recovery window says that it is gone.
 */
export async function scanRepository(
  records: Pick<BackupTables, 'backups' | 'connections'>,
  client: S3Client,
  provider: StorageProvider,
  findConnection: ConnectionFinder,
  { path, connectionName, stanza }: RepositoryKey,
  before: ScanTally,
): Promise<ScanTally> {
  const counts = { ...before.counts, listed: before.counts.listed + 1 };
  const skip = (reason: string): ScanTally => ({
    counts: { ...counts, skipped: counts.skipped + 1 },
    skipped: withSkipped(before.skipped, connectionName, `stanza ${stanza}: ${reason}`),
  });
  if (!stanzaName.safeParse(stanza).success) return skip('no stanza has such a name');
  const known = await recordsOfRepository(records, { path, stanza });
  const owner = (await ownerOf(records, known)) ?? guess(findConnection, connectionName);
  if ('problem' in owner) return skip(owner.problem);
  const { connection, connectionSource } = owner;
  if (!isMadeWith(connection.db_type, 'pgbackrest')) return skip(`the connection is of type ${connection.db_type}`);

  const listed = await readList(client, provider, `${path}/backup/${stanza}/backup.info`);
  if ('problem' in listed) return skip(listed.problem);
  const repository = { connection, connectionSource, providerId: provider.id, path, stanza };
  const newId = (label: string) => pgbackrestBackupId(connection.id, stanza, label);
  const found = pgbackrestRecords(repository, listed, idsOfSets(known, listed, newId));
  const byId = new Map(known.map((record) => [record.id, record]));
  const isNew = ({ id }: Backup) => !byId.has(id);
  await registerNew(records, found.filter(isNew), counts);
  const missing = found.flatMap((backup) => {
    const record = byId.get(backup.id);
    return record === undefined ? [] : [{ record, fields: filling(record, backup).fields }];
  });
  await fill(records, missing, counts);
  return { counts, skipped: before.skipped };
}

type Owner = { connection: Connection; connectionSource: Backup['connection_source'] };

/**
 * The connection of those records of the repository whose connection isn't a guess. New records get the same one,
 * because pgBackRest refuses sets of another server in the same stanza.
 */
async function ownerOf(
  records: Pick<BackupTables, 'connections'>,
  known: readonly Backup[],
): Promise<Owner | undefined> {
  const sure = known.filter(({ connection_source }) => connection_source !== 'key');
  const [one, ...others] = sure;
  if (one === undefined || others.some(({ connection_id }) => connection_id !== one.connection_id)) return undefined;
  const connection = await records.connections.get(one.connection_id);
  return connection && { connection, connectionSource: one.connection_source };
}

function guess(findConnection: ConnectionFinder, connectionName: string): Owner | { problem: string } {
  const found = findConnection([{ connectionName, database: undefined }]);
  return 'problem' in found ? found : { connection: found.connection, connectionSource: 'key' };
}

async function readList(
  client: S3Client,
  { bucket }: StorageProvider,
  key: string,
): Promise<PgBackRestBackup[] | { problem: string }> {
  try {
    const content = await readSmallObject(client, bucket, key, MAX_INFO_BYTES);
    return readBackupInfo(content.toString());
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return { problem: error.message };
  }
}
