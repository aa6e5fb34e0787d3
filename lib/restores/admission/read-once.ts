import type { Backup } from '../../backups/model.ts';
import type { Readers } from '../../backups/tables.ts';

/**
 * The same tables, but each backup and each connection is read only once. So one admission sees a record in one state
 * only, and pays for one read. A failed read is tried again.
 * @param backup a backup that was just read.
 */
export function readOnce<R extends Pick<Readers, 'backups' | 'connections'>>(
  records: R,
  backup?: Backup,
): Omit<R, 'backups' | 'connections'> & Pick<Readers, 'backups' | 'connections'> {
  return {
    ...records,
    backups: { get: once((id) => records.backups.get(id), backup) },
    connections: { get: once((id) => records.connections.get(id)) },
  };
}

/** The same for storage providers, for code that inspects several objects in one bucket. */
export function readProvidersOnce<R extends Pick<Readers, 'storageProviders'>>(
  records: R,
): Omit<R, 'storageProviders'> & Pick<Readers, 'storageProviders'> {
  const readDefault = once(() => records.storageProviders.default());
  return {
    ...records,
    storageProviders: { get: once((id) => records.storageProviders.get(id)), default: () => readDefault('') },
  };
}

function once<T extends { id: string }>(
  read: (id: string) => Promise<T | undefined>,
  known?: T,
): (id: string) => Promise<T | undefined> {
  const reads = new Map<string, Promise<T | undefined>>();
  if (known !== undefined) reads.set(known.id, Promise.resolve(known));
  return async (id) => {
    const before = reads.get(id);
    if (before !== undefined) return before;
    const reading = read(id);
    reads.set(id, reading);
    reading.catch(() => reads.delete(id));
    return reading;
  };
}
