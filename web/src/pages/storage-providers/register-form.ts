/** The form that registers one object, and its request body. Pure. */

export interface RegisterValues {
  storage_path: string;
  /** Empty means the one that the path names. */
  connection_id: string;
  database_name: string;
}

export const NOTHING_TYPED: RegisterValues = { storage_path: '', connection_id: '', database_name: '' };

export function registerBody({ storage_path, connection_id, database_name }: RegisterValues, providerId: string) {
  return {
    storage_provider_id: providerId,
    storage_path: storage_path.trim(),
    ...(connection_id === '' ? {} : { connection_id }),
    ...(database_name.trim() === '' ? {} : { database_name: database_name.trim() }),
  };
}
