import type { S3Client } from '@aws-sdk/client-s3';
import type { Records } from '../aws/services.ts';
import { readSmallObject } from '../aws/small-object.ts';
import { physicalKey } from '../domain/catalogue/backup-key.ts';
import type { NamedConnection } from '../domain/catalogue/connection-by-name.ts';
import { filling } from '../domain/catalogue/imported-backup.ts';
import { type PgBackRestBackup, readBackupInfo } from '../domain/catalogue/pgbackrest-info.ts';
import { pgbackrestRecords } from '../domain/catalogue/pgbackrest-records.ts';
import { withSkipped } from '../domain/catalogue/scanned-object.ts';
import { DownloadError } from '../domain/errors.ts';
import { stanzaName } from '../domain/physical/stanza.ts';
import type { StorageProvider } from '../domain/records.ts';
import { idsOfLabels } from './ids-of-labels.ts';
import { registerFound, type ScanTally } from './register-scanned.ts';

/** A backup takes some 700 bytes of the list. */
const MAX_INFO_BYTES = 32 * 1024 * 1024;

/**
 * Registers the backups that a pgBackRest repository lists. One that is no longer listed stays in the catalogue: its
 * recovery window tells that it is gone.
 * @param path `pgbackrest/<connection>/<stanza>`
 */
export async function scanRepository(
  records: Pick<Records, 'backups'>,
  client: S3Client,
  provider: StorageProvider,
  connectionNamed: (name: string) => NamedConnection,
  path: string,
  before: ScanTally,
): Promise<ScanTally> {
  const { connectionName = '', database: stanza = '' } = physicalKey(`${path}/`) ?? {};
  const counts = { ...before.counts, listed: before.counts.listed + 1 };
  const skip = (reason: string): ScanTally => ({
    counts: { ...counts, skipped: counts.skipped + 1 },
    skipped: withSkipped(before.skipped, connectionName, `stanza ${stanza}: ${reason}`),
  });
  if (!stanzaName.safeParse(stanza).success) return skip('no stanza has such a name');
  const named = connectionNamed(connectionName);
  if ('problem' in named) return skip(named.problem);
  const { connection } = named;
  if (connection.db_type !== 'postgresql') return skip(`the connection is of type ${connection.db_type}`);

  const listed = await readList(client, provider, `${path}/backup/${stanza}/backup.info`);
  if ('problem' in listed) return skip(listed.problem);
  const repository = { connection, providerId: provider.id, path, stanza };
  const backups = pgbackrestRecords(repository, listed, await idsOfLabels(records, repository));
  await registerFound(records, backups, (known, found) => filling(known, found).fields, counts);
  return { counts, skipped: before.skipped };
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
