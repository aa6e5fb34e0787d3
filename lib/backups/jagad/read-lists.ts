/** Reads everything that an import needs from a running Jagad. */
import { z } from 'zod';
import type { JagadClient } from './client.ts';
import { MOST_ROUNDS, readWholeList, type WholeList } from './read-whole-list.ts';
import {
  type JagadLists,
  jagadBackup,
  jagadConnection,
  jagadDatabase,
  jagadStorageProvider,
  readRecords,
  type UnreadableRecord,
} from './records.ts';

export interface JagadProgress {
  stage: 'connections' | 'storage_providers' | 'backups';
  /** The number of records read so far in this stage. Backups are read at least twice, until two rounds agree. */
  done: number;
  /** The number of the round, for backups; starts at 1. */
  round?: number;
}

interface ReadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: JagadProgress) => void;
}

/** Most calls return `[]` for an empty list, some return `null`. */
const list = z
  .array(z.unknown())
  .nullable()
  .transform((records) => records ?? []);

type Servers = Pick<JagadLists, 'connections' | 'storage_providers' | 'unreadable'>;

/**
 * Reads the connections with their databases, the storage providers, and every backup. An invalid record is listed in
 * `unreadable`, and everything else is read nevertheless.
 * @throws JagadError; the signal's reason.
 */
export async function readJagadLists(client: JagadClient, options: ReadOptions = {}): Promise<JagadLists> {
  const { signal, onProgress = () => {} } = options;
  let servers = await readServers(client, options);
  const whole = await readWholeList(
    (limit, offset) => client.get(`/api/backups?limit=${limit}&offset=${offset}`, list, signal),
    (done, round) => onProgress({ stage: 'backups', done, round }),
  );
  const { records: backups, unreadable } = readRecords('backup', jagadBackup, whole.records);
  // this connection was created after the connections were read
  if (!namesAll(servers, backups)) servers = joined(await readServers(client, options), servers);
  return {
    connections: servers.connections,
    storage_providers: servers.storage_providers,
    backups,
    unreadable: [...servers.unreadable, ...unreadable],
    warnings: warningsOf(whole),
  };
}

async function readServers(client: JagadClient, { signal, onProgress = () => {} }: ReadOptions): Promise<Servers> {
  const raw = await client.get('/api/connections', list, signal);
  const { records, unreadable } = readRecords('connection', jagadConnection, raw);
  const connections: Servers['connections'] = [];
  for (const connection of records) {
    const path = `/api/connections/${encodeURIComponent(connection.id)}/databases`;
    const databases = readRecords('database', jagadDatabase, await client.get(path, list, signal));
    unreadable.push(...databases.unreadable);
    connections.push({ ...connection, databases: databases.records });
    onProgress({ stage: 'connections', done: connections.length });
  }
  const providers = await client.get('/api/storage-providers', list, signal);
  const read = readRecords('storage_provider', jagadStorageProvider, providers);
  onProgress({ stage: 'storage_providers', done: read.records.length });
  return { connections, storage_providers: read.records, unreadable: [...unreadable, ...read.unreadable] };
}

/** Whether everything that the backups refer to was read. */
function namesAll({ connections, storage_providers }: Servers, backups: JagadLists['backups']): boolean {
  const ids = new Set(
    [...connections, ...connections.flatMap(({ databases }) => databases), ...storage_providers].map(({ id }) =>
      id.toLowerCase(),
    ),
  );
  return backups.every(({ connection_id, database_id, storage_provider_id }) =>
    [connection_id, database_id, storage_provider_id].every((id) => !id || ids.has(id.toLowerCase())),
  );
}

/** The current records, and those that were deleted in the meantime. */
function joined(now: Servers, before: Servers): Servers {
  return {
    connections: byId(before.connections, now.connections),
    storage_providers: byId(before.storage_providers, now.storage_providers),
    unreadable: uniqueOf([...before.unreadable, ...now.unreadable]),
  };
}

function byId<T extends { id: string }>(...lists: T[][]): T[] {
  return [...new Map(lists.flat().map((one) => [one.id.toLowerCase(), one])).values()];
}

function uniqueOf(records: UnreadableRecord[]): UnreadableRecord[] {
  return [...new Map(records.map((one) => [JSON.stringify(one), one])).values()];
}

/** The maximum number of ids in a warning. */
const MOST_NAMED = 20;

function warningsOf({ removed, agreed }: WholeList): string[] {
  const warnings: string[] = [];
  if (!agreed) {
    warnings.push(
      `Jagad's list of backups kept changing: no two of ${MOST_ROUNDS} rounds agreed. All records of all rounds were taken; import again when Jagad makes and removes fewer backups`,
    );
  }
  if (removed.length > 0) {
    const names = removed.slice(0, MOST_NAMED).join(', ');
    const more = removed.length > MOST_NAMED ? ` and ${removed.length - MOST_NAMED} more` : '';
    const outcome = agreed ? 'They were left out' : 'They were taken';
    const what = removed.length === 1 ? '1 backup' : `${removed.length} backups`;
    warnings.push(`Jagad removed ${what} while its list was read: ${names}${more}. ${outcome}`);
  }
  return warnings;
}
