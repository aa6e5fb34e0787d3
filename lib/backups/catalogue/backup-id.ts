import { v5 as uuidV5 } from 'uuid';
import { jagadId } from './backup-key.ts';

/**
 * The id of the backup at a key: Jagad's own, with which the key ends; for any other object, a UUIDv5 of provider and
 * key. So an object always has the same id, however it gets into the catalogue.
 */
export function backupId(providerId: string, key: string): string {
  return jagadId(key) ?? uuidV5(key, providerId);
}

/**
 * The id of a backup in a pgBackRest repository: a UUIDv5 of connection, stanza and label, regardless of which list
 * names it.
 */
export function pgbackrestBackupId(connectionId: string, stanza: string, label: string): string {
  return uuidV5(`pgbackrest/${stanza}/${label}`, connectionId);
}
