import { v5 as uuidV5 } from 'uuid';
import { jagadId } from './backup-key.ts';

/**
 * The id of the backup at a key: Jagad's own, which the key ends in; of any other object a UUIDv5 of provider and key.
 * So one object has one id, however it comes into the catalogue.
 */
export function backupId(providerId: string, key: string): string {
  return jagadId(key) ?? uuidV5(key, providerId);
}

/** The id of a backup in a pgBackRest repository: a UUIDv5 of connection, stanza and label, whichever list names it. */
export function pgbackrestBackupId(connectionId: string, stanza: string, label: string): string {
  return uuidV5(`pgbackrest/${stanza}/${label}`, connectionId);
}
