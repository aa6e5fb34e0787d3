/** The form that confirms or corrects a backup's record, and its request body. Pure. */

import type { Backup } from '../../../../../lib/backups/model.ts';
import { backupUpdateBody } from '../../../../../lib/backups/schemas.ts';
import type { Connection } from '../../../../../lib/connections/model.ts';
import { isMadeWith } from '../../../../../lib/databases/engines.ts';
import { changedFields } from '../../../forms/changed-fields.ts';

export interface CorrectValues {
  /** If empty, a doubtful connection stays doubtful. */
  connection_id: string;
  database_name: string;
  /** Empty means the default provider. */
  storage_provider_id: string;
  storage_path: string;
}

type Stored = Pick<Backup, 'connection_id' | 'database_name' | 'storage_provider_id' | 'storage_path'>;

/** @param isInDoubt whether it isn't certain which server the backup comes from: then no server is preselected. */
export function correctValues(stored: Stored, isInDoubt: boolean): CorrectValues {
  return {
    connection_id: isInDoubt ? '' : stored.connection_id,
    database_name: stored.database_name,
    storage_provider_id: stored.storage_provider_id ?? '',
    storage_path: stored.storage_path,
  };
}

/** The request body. A connection in the body counts as set by a person, so it is only sent if the user chose it. */
export function correctBody(values: CorrectValues, stored: Stored, isInDoubt: boolean) {
  return changedFields(
    {
      ...(values.connection_id === '' ? {} : { connection_id: values.connection_id }),
      database_name: values.database_name.trim(),
      ...(values.storage_provider_id === '' ? {} : { storage_provider_id: values.storage_provider_id }),
      storage_path: values.storage_path.trim(),
    },
    isInDoubt ? { ...stored, connection_id: undefined } : stored,
  );
}

export const correctSchema = backupUpdateBody.refine(
  (body) => Object.keys(body).length > 0,
  'Nothing has changed yet. Choose the connection, or correct a field.',
);

/** Whether a backup can come from a server at all. */
export function canBeOf({ engine }: Pick<Backup, 'engine'>, { db_type }: Pick<Connection, 'db_type'>): boolean {
  return engine === null || isMadeWith(db_type, engine);
}
