import { v5 as uuidV5 } from 'uuid';
import { jagadId } from './backup-key.ts';

/**
 * The id of the backup at a key: if the key ends with Jagad's own id, that one; otherwise a UUIDv5 of provider and key.
 * So an object always gets the same id, however it enters the catalogue.
 */
export function backupId(providerId: string, key: string): string {
  return jagadId(key) ?? uuidV5(key, providerId);
}

/**
 * The id of a backup in a pgBackRest repository: a UUIDv5 of connection, stanza and label. It is the same in whichever
 * list the backup is found.
 */
export function pgbackrestBackupId(connectionId: string, stanza: string, label: string): string {
  return uuidV5(`pgbackrest/${stanza}/${label}`, connectionId);
}
