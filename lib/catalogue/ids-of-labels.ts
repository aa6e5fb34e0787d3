import type { Records } from '../aws/services.ts';
import type { Repository } from '../domain/catalogue/pgbackrest-records.ts';
import type { Backup } from '../domain/records.ts';
import { pgbackrestBackupId } from './backup-id.ts';

/**
 * The id of each of a stanza's backups by its label: that of the record which is there, as Jagad gives ids of its own,
 * else one made of connection, stanza and label.
 * @param others records that are about to be there.
 */
export async function idsOfLabels(
  records: Pick<Records, 'backups'>,
  { connection, stanza }: Pick<Repository, 'connection' | 'stanza'>,
  others: Iterable<Backup> = [],
): Promise<(label: string) => string> {
  const ids = new Map<string, string>();
  const see = (backup: Backup) => {
    const isOfStanza = backup.connection_id === connection.id && backup.stanza === stanza;
    if (isOfStanza && backup.label !== null) ids.set(backup.label, backup.id);
  };
  for await (const backup of records.backups.all({ connection_id: connection.id, database_name: stanza })) see(backup);
  for (const backup of others) see(backup);
  return (label) => ids.get(label) ?? pgbackrestBackupId(connection.id, stanza, label);
}
