import { afterEach, describe, expect, it } from 'vitest';
import { JagadClient } from '../../../lib/backups/jagad/client.ts';
import { type JagadProgress, readJagadLists } from '../../../lib/backups/jagad/read-lists.ts';
import {
  type JagadOptions,
  type JagadServer,
  type RawRecord,
  recorded,
  recordedState,
  startJagad,
} from '../../support/jagad-server.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A Jagad, and a client that signs in to it by user and password. */
async function withJagad(options: JagadOptions = {}): Promise<{ jagad: JagadServer; client: JagadClient }> {
  const jagad = await startJagad(options);
  const { url, username, password } = jagad;
  const client = new JagadClient({ url }, { username, password }, { retryDelayMs: 5 });
  stops.push(() => client.close(), jagad.stop);
  return { jagad, client };
}

const ids = (records: readonly { id: string }[]) => records.map(({ id }) => id);
const PAGES = '/api/backups';

/** `count` copies of a recorded backup, newer than all of them, newest first. */
function newer(count: number): RawRecord[] {
  const one = recorded('backup-plain-postgresql.json');
  return Array.from({ length: count }, (_, index) => ({
    ...one,
    id: crypto.randomUUID(),
    created_at: new Date(Date.UTC(2026, 11, 1) - index * 1000).toISOString(),
  }));
}

describe('the lists of a real Jagad', () => {
  it('are read completely: 11 connections, their databases, 2 providers, 130 of 130 backups', async () => {
    const { jagad, client } = await withJagad();
    const { connections, storage_providers, backups, unreadable, warnings } = await readJagadLists(client);
    expect([unreadable, warnings]).toEqual([[], []]);
    expect(ids(connections)).toEqual(ids(recorded('connections.json')));
    expect(ids(storage_providers)).toEqual(ids(recorded('storage-providers.json')));
    expect(ids(backups)).toEqual(ids(recordedState().backups as { id: string }[]));
    expect(backups).toHaveLength(130);
    // every backup gets its database's name, even if the database was dropped or has a slash in its name
    const names = new Map(connections.flatMap(({ databases }) => databases.map(({ id, db_name }) => [id, db_name])));
    expect(backups.filter(({ database_id }) => !names.has(database_id ?? ''))).toEqual([]);
    expect(new Set(names.values())).toEqual(
      new Set(Object.values(recordedState().databases).flatMap((of) => of.map(({ db_name }) => db_name))),
    );
    expect(jagad.requests.filter((request) => request.includes('login'))).toHaveLength(1);
  });

  it('keep what an import needs of each record, as Jagad reports it', async () => {
    const { client } = await withJagad();
    const { connections, storage_providers, backups } = await readJagadLists(client);
    const byId = (id: string) => backups.find((backup) => backup.id === id);
    expect(byId('eadf8156-ed02-41c0-a9b4-9ba1af536e51')).toMatchObject({ status: 'running', storage_path: '' });
    const encrypted = recorded('backup-encrypted-eu-prod-app.json');
    const { storage_path, checksum, storage_provider_id, database_id, created_at } = encrypted;
    expect(byId(encrypted.id)).toMatchObject({ storage_path, checksum, storage_provider_id, database_id, created_at });
    expect(byId('10be518c-db74-4ce4-9e61-db3a58be6420')).not.toHaveProperty('storage_provider_id');
    expect(storage_providers[0]).toMatchObject({
      endpoint: '127.0.0.1:23443',
      bucket: 'jagad-archive',
      path_style: true,
    });
    expect(storage_providers[0]).not.toHaveProperty('secret_key');
    const moved = connections.find(({ name }) => name === 'Moved PG');
    expect(moved?.created_at).not.toBe(moved?.updated_at);
    expect(connections.find(({ name }) => name === 'EU/Prod')?.databases.map(({ db_name }) => db_name)).toContain(
      'app',
    );
  });

  it('have times in the zone of the Jagad that answers', async () => {
    const state = {
      ...recordedState(),
      backups: recorded('jakarta-backups.json'),
      connections: recorded('jakarta-connections.json'),
    };
    const { client } = await withJagad({ state });
    const { backups, unreadable } = await readJagadLists(client);
    expect([backups.length, unreadable]).toEqual([state.backups.length, []]);
    expect(backups[0]?.created_at).toMatch(/\+07:00$/);
  });

  it('are empty before anything was created', async () => {
    const { client } = await withJagad({
      state: { connections: [], databases: {}, storage_providers: [], backups: [] },
    });
    const nothing = { connections: [], storage_providers: [], backups: [], unreadable: [], warnings: [] };
    expect(await readJagadLists(client)).toEqual(nothing);
  });

  it('may have null for the databases of a deleted connection', async () => {
    const state = recordedState();
    state.databases = {};
    const { client } = await withJagad({ state });
    const { connections } = await readJagadLists(client);
    expect(connections.map(({ databases }) => databases)).toEqual(Array(11).fill([]));
  });

  it('report progress while they are read', async () => {
    const told: JagadProgress[] = [];
    const { client } = await withJagad();
    await readJagadLists(client, { onProgress: (progress) => told.push(progress) });
    expect(told).toContainEqual({ stage: 'connections', done: 11 });
    expect(told).toContainEqual({ stage: 'storage_providers', done: 2 });
    expect(told.at(-1)).toEqual({ stage: 'backups', done: 130, round: 2 });
  });

  it('are no longer read once the signal stops it', async () => {
    const stopping = new AbortController();
    const { jagad, client } = await withJagad({
      before: (path) => {
        if (path !== PAGES) return undefined;
        stopping.abort(new Error('enough'));
        return 'hang';
      },
    });
    await expect(readJagadLists(client, { signal: stopping.signal })).rejects.toThrow('enough');
    expect(jagad.requests.filter((request) => request.includes(PAGES))).toHaveLength(1);
  });
});

describe('lists that change while they are read', () => {
  it('a backup made before every page of the first round is read once, like all others', async () => {
    const made = newer(3);
    const { jagad, client } = await withJagad({
      mostPerPage: 50,
      before: (path, count, { state }) => {
        const one = path === PAGES && count > 0 ? made.pop() : undefined;
        if (one) state.backups.push(one);
        return undefined;
      },
    });
    const { backups, warnings } = await readJagadLists(client);
    expect(new Set(ids(backups)).size).toBe(133);
    expect(ids(backups)).toEqual(expect.arrayContaining(ids(jagad.state.backups as { id: string }[])));
    expect([backups.length, warnings]).toEqual([133, []]);
  });

  it.each([1, 40, 90])(
    'retention that removes %i backups between two pages loses no others, and is reported',
    async (count) => {
      const { jagad, client } = await withJagad({
        before: (path, before, { state }) => {
          if (path === PAGES && before === 1) state.backups.splice(0, count);
          return undefined;
        },
      });
      const { backups, warnings } = await readJagadLists(client);
      expect(ids(backups)).toEqual(ids(jagad.state.backups as { id: string }[]));
      expect(warnings).toEqual([
        expect.stringMatching(new RegExp(`^Jagad removed ${count} backups? while .* left out$`)),
      ]);
      expect(warnings[0]).toContain(recordedState().backups[0]?.id);
    },
  );

  it('a Jagad that never stops changing is read, with a warning that there may be more', async () => {
    const { client } = await withJagad({
      before: (path, _count, { state }) => {
        if (path === PAGES) state.backups.push(...newer(1));
        return undefined;
      },
    });
    const { backups, warnings } = await readJagadLists(client);
    expect(ids(backups)).toEqual(expect.arrayContaining(ids(recordedState().backups as { id: string }[])));
    expect(warnings).toEqual([expect.stringMatching(/kept changing: no two of 10 rounds agreed/)]);
  });

  it('a connection, a database and a provider that were added meanwhile are read too', async () => {
    const state = recordedState();
    const connection = { ...state.connections[0], id: crypto.randomUUID(), name: 'New' };
    const database = { ...state.databases[state.connections[0]?.id]?.[0], id: crypto.randomUUID(), db_name: 'new' };
    const provider = { ...state.storage_providers[0], id: crypto.randomUUID(), name: 'New' };
    const gone = state.connections[10] as RawRecord;
    const [backup] = newer(1);
    const names = { connection_id: connection.id, database_id: database.id, storage_provider_id: provider.id };
    const { client } = await withJagad({
      state,
      before: (path, count) => {
        if (path !== PAGES || count !== 0) return undefined;
        state.connections.splice(10, 1, connection);
        state.databases[connection.id] = [database];
        state.storage_providers.push(provider);
        state.backups.push({ ...backup, ...names });
        return undefined;
      },
    });
    const lists = await readJagadLists(client);
    expect(lists.backups).toHaveLength(131);
    expect(lists.connections.find(({ id }) => id === connection.id)?.databases).toEqual([
      { id: database.id, db_name: 'new' },
    ]);
    expect(ids(lists.storage_providers)).toContain(provider.id);
    // and what was read before its deletion is kept, because backups may name it
    expect(ids(lists.connections)).toContain(gone.id);
  });
});

describe('a record that cannot be used', () => {
  it.each<
    [string, (state: ReturnType<typeof recordedState>) => RawRecord | undefined, { kind: string; reason: RegExp }]
  >([
    [
      'a name of 201 characters',
      ({ connections }) => Object.assign(connections[3] as RawRecord, { name: 'x'.repeat(201) }),
      { kind: 'connection', reason: /^name: / },
    ],
    [
      'an unknown kind of server',
      ({ connections }) => Object.assign(connections[0] as RawRecord, { db_type: 'oracle' }),
      { kind: 'connection', reason: /^db_type: / },
    ],
    [
      'an invalid port',
      ({ connections }) => Object.assign(connections[0] as RawRecord, { port: 0 }),
      { kind: 'connection', reason: /^port: / },
    ],
    [
      'a database without a name',
      ({ databases }) => Object.assign(Object.values(databases)[2]?.[0] as RawRecord, { db_name: '' }),
      { kind: 'database', reason: /^db_name: / },
    ],
    [
      'a provider without a bucket',
      ({ storage_providers }) => Object.assign(storage_providers[1] as RawRecord, { bucket: '' }),
      { kind: 'storage_provider', reason: /^bucket: / },
    ],
    [
      'a backup with an unknown status',
      ({ backups }) => Object.assign(backups[77] as RawRecord, { status: 'paused' }),
      { kind: 'backup', reason: /^status: / },
    ],
    [
      'a backup with a wrong checksum and no time',
      ({ backups }) => Object.assign(backups[0] as RawRecord, { checksum: 'abc', created_at: 'yesterday' }),
      { kind: 'backup', reason: /checksum: .*created_at: / },
    ],
  ])('%s is reported, and all others are read', async (_what, spoil, { kind, reason }) => {
    const state = recordedState();
    const id = spoil(state)?.id;
    const { client } = await withJagad({ state });
    const { connections, storage_providers, backups, unreadable } = await readJagadLists(client);
    expect(unreadable).toEqual([{ kind, id, reason: expect.stringMatching(reason) }]);
    expect(connections.length + storage_providers.length + backups.length).toBe(143 - (kind === 'database' ? 0 : 1));
  });

  it.each([null, 7, 'text', [], { id: 7 }, {}])('%j in place of a backup is reported', async (odd) => {
    const state = recordedState();
    state.backups.push(odd as RawRecord);
    const { client } = await withJagad({
      state: { ...state, backups: state.backups.map((one) => one ?? { created_at: '' }) },
    });
    const { backups, unreadable } = await readJagadLists(client);
    expect([backups.length, unreadable.length]).toEqual([130, 1]);
    expect(unreadable[0]).not.toHaveProperty('id');
  });
});
