/** The demo: real servers, a backup in Jagad's form, an accident, and the restore through the HTTP API. */
import { randomBytes, randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Connection } from '../../connections/model.ts';
import { titleOf } from '../../databases/engines.ts';
import type { DbType } from '../../databases/names.ts';
import { backupKey } from '../../storage/objects/storage-path.ts';
import type { RunningServer } from '../servers/throwaway.ts';
import type { LocalService } from '../service.ts';
import type { ApiClient } from './api-client.ts';
import { openDump } from './backup/dump.ts';
import { writeJagadBackup } from './backup/jagad-writer.ts';
import { DEMO_ENGINES } from './engines.ts';
import { type Fingerprint, fingerprint } from './fingerprint/fingerprint.ts';
import { backupRecord, putObject, registerServer } from './register.ts';
import { createSample, damageSample } from './sample/sample-data.ts';

const DATABASE = 'shop';

export interface DemoServer {
  server: RunningServer;
  /** The connection's name. */
  name: string;
  connectionId: string;
  encrypted: boolean;
}

/** Prints the demo's output. */
export type Say = (line: string) => void;

/**
 * Starts all of the demo's throwaway servers at the same time.
 * @param onStarted called with each server as soon as it has to be stopped at the end.
 */
export async function startDemoServers(say: Say, onStarted: (server: RunningServer) => void): Promise<DemoServer[]> {
  const dbTypes = Object.keys(DEMO_ENGINES) as DbType[];
  const found = await Promise.all(
    dbTypes.map(async (dbType, index) => ({ dbType, index, start: await DEMO_ENGINES[dbType].findServer() })),
  );
  const startable = found.flatMap(({ start, ...one }) => (start === undefined ? [] : { ...one, start }));
  say(`starting throwaway servers: ${startable.map(({ dbType }) => titleOf(dbType)).join(', ')}`);
  return Promise.all(
    startable.map(async ({ dbType, index, start }) => {
      const server = await start();
      onStarted(server);
      return {
        server,
        name: `Demo ${titleOf(dbType)}`,
        // the same id at each start, so that records of earlier starts stay valid
        connectionId: `d3a0c6a4-7c1e-4b52-9f06-00000000000${index + 1}`,
        encrypted: DEMO_ENGINES[dbType].encrypted,
      };
    }),
  );
}

/**
 * Backs up a database on each server, destroys part of it, restores it through the API and compares.
 * @throws Error if a restore fails, or if a table differs afterwards.
 */
export async function runDemo(service: LocalService, api: ApiClient, servers: DemoServer[], say: Say): Promise<void> {
  const masterKey = demoKey(service);
  for (const demo of servers) {
    const connection = await registerServer(service, demo.server, { id: demo.connectionId, name: demo.name });
    say('');
    say(`${demo.name} ${demo.server.version}, port ${demo.server.port}`);
    await rehearse(service, api, connection, demo, masterKey, say);
  }
}

async function rehearse(
  service: LocalService,
  api: ApiClient,
  connection: Connection,
  { server, encrypted }: DemoServer,
  masterKey: string,
  say: Say,
): Promise<void> {
  await createSample(server, DATABASE);
  const before = await fingerprint(server, DATABASE);
  say(`  created database ${DATABASE}: ${describe(before)}`);

  const id = randomUUID();
  const now = new Date();
  const storagePath = backupKey(connection.name, DATABASE, id, now);
  const out = new PassThrough();
  const [object, { checksum, dumpBytes }] = await Promise.all([
    buffer(out),
    writeJagadBackup({ dump: openDump(server, DATABASE), out, ...(encrypted ? { encryptionKey: masterKey } : {}) }),
  ]);
  await putObject(service, storagePath, object);
  await service.records.backups.put(
    backupRecord({
      id,
      connection_id: connection.id,
      db_type: connection.db_type,
      storage_provider_id: service.bucket.provider.id,
      database_name: DATABASE,
      storage_path: storagePath,
      object_bytes: object.length,
      size_bytes: dumpBytes,
      // Jagad only stores a checksum if it encrypts
      checksum: encrypted ? checksum : null,
      created_at: now.toISOString(),
    }),
  );
  say(`  backed up as Jagad does, ${encrypted ? 'encrypted' : 'plain'}: ${storagePath} (${object.length} bytes)`);

  for (const loss of await damageSample(server, DATABASE)) say(`  destroyed: ${loss}`);

  say(`  POST /api/backups/${id}/restore {}`);
  const started = await api.startRestore(id);
  const ended = await api.follow(started.id, (line) => say(`    ${line}`));
  if (ended.status !== 'success') {
    throw new Error(
      `the restore ${ended.id} ended ${ended.status}: ${ended.error?.message}. ${ended.error?.hint ?? ''}`,
    );
  }
  const differing = compare(before, await fingerprint(server, DATABASE));
  if (differing.length > 0) throw new Error(`after the restore, these differ: ${differing.join(', ')}`);
  say(
    `  restored in ${((ended.duration_ms ?? 0) / 1000).toFixed(1)} s; all ${before.size} tables, views and definitions are exactly as before`,
  );
}

/** The names of everything that differs. */
export function compare(before: Fingerprint, after: Fingerprint): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name)?.digest !== after.get(name)?.digest);
}

function describe(print: Fingerprint): string {
  const relations = [...print].filter(([name]) => !name.startsWith('('));
  const rows = relations.reduce((sum, [, { rows }]) => sum + rows, 0);
  return `${relations.length} tables and views, ${rows} rows`;
}

/**
 * The key that encrypts the demo's backups. It is created once, so that the backups of earlier runs can still be
 * opened.
 */
function demoKey({ secrets, secretNames }: LocalService): string {
  const keys = JSON.parse(secrets.get(secretNames.encryptionKeys) ?? '[]') as { id: string; value: string }[];
  const found = keys.find(({ id }) => id === 'demo');
  if (found !== undefined) return found.value;
  const made = { id: 'demo', value: randomBytes(24).toString('base64url') };
  secrets.set(secretNames.encryptionKeys, JSON.stringify([...keys, made]));
  return made.value;
}
