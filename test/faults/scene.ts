/**
 * A restore of a real backup into a database that is in use, with proxies in front of storage and server that inject
 * faults.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { StorageProvider } from '../../lib/connections/providers/model.ts';
import type { DbType } from '../../lib/databases/names.ts';
import { startS3 } from '../../lib/local/aws/s3.ts';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import { writeJagadBackup } from '../../lib/local/demo/backup/jagad-writer.ts';
import { fingerprint } from '../../lib/local/demo/fingerprint/fingerprint.ts';
import { backupRecord } from '../../lib/local/demo/register.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { s3ClientFor } from '../../lib/storage/objects/s3-source.ts';
import { startHarness } from '../support/harness.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import { serve } from '../support/serve.ts';
import { startServer } from '../support/servers.ts';
import { adminClient, startService } from '../support/service.ts';
import { until } from '../support/until.ts';
import { crashServer, type Restarted } from './crash-server.ts';
import type { End, Strike } from './faults.ts';
import { FaultyProxy } from './faulty-proxy.ts';
import { killProcess, processesOf, taskOf } from './processes.ts';
import { endOfTarget, killSession, recreateTarget, SOURCE, sessionsOf, TARGET, writeSource } from './targets.ts';
import { TaskDisk } from './task-disk.ts';

const BUCKET = 'faults';
/** The load begins with the first part of a download, and a task requests the next ones in the meantime. */
const PART_BYTES = 4 * 1024 * 1024;
/** Of the load, by which rows are being written. */
const ROWS_UNDER_WAY_BYTES = 1_000_000;
/** A load that doesn't write while it downloads never gets this far before the download ends. */
const DOWNLOAD_AHEAD_MS = 3000;
/** In what is read next. */
const GARBLED_AFTER_BYTES = 100_000;

export interface Outcome {
  /** The state of the target. */
  target: End;
  /** Undefined if it was refused at once. */
  restore: Restore | undefined;
}

export interface Scene {
  /**
   * @returns how the restore with the fault ended; it has left nothing behind, and if it failed, the next one succeeded
   * @throws Error if that isn't so, or the fault had no effect
   */
  run(fault: Strike): Promise<Outcome>;
  stop(): Promise<void>;
}

/** @returns undefined if there is no server of this type. */
export async function setScene(dbType: DbType): Promise<Scene | undefined> {
  const server = await startServer(dbType);
  if (server === undefined) return undefined;
  const objects = mkdtempSync(join(tmpdir(), 'jagad-faults-'));
  const s3 = await startS3(objects, [BUCKET], { credentials: LOCAL_CREDENTIALS });
  const database = await FaultyProxy.before(server.port);
  const storage = await FaultyProxy.before(Number(new URL(s3.url).port));
  let beforeTask = async () => {};
  const options = {
    beforeTask: async (resource: string) => {
      if (resource.includes('ecs:')) await beforeTask();
    },
  };
  const harness = await startHarness({ ...server, port: database.port }, options);
  const { stateDirectory } = harness;
  let { service } = harness;
  /** The server, as it starts again while the restore ends. */
  let restarted: Promise<Restarted> | undefined;
  const taskDisk = new TaskDisk(join(stateDirectory, 'tasks'));

  const provider: StorageProvider = {
    ...service.bucket.provider,
    ...{ id: crypto.randomUUID(), name: 'faulty', bucket: BUCKET, is_default: false },
    endpoint: `http://127.0.0.1:${storage.port}`,
    access_key: LOCAL_CREDENTIALS.accessKeyId,
  };
  await service.records.storageProviders.put(provider);
  const secret = LOCAL_CREDENTIALS.secretAccessKey;
  service.secrets.set(service.secretNames.storageProvider(provider.id), JSON.stringify({ secret_key: secret }));
  await writeSource(server);
  const backedUp = await fingerprint(server, SOURCE);
  const backup = backupRecord({
    ...{ connection_id: harness.connection.id, db_type: dbType, database_name: TARGET },
    ...{ storage_provider_id: provider.id, storage_path: 'backups/faulty/shop.sql.gz' },
  });
  const object = await dumped(server);
  const client = s3ClientFor(provider, secret);
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: backup.storage_path, Body: object }));
  client.destroy();
  await service.records.backups.put(backup);

  return {
    run: async (fault) => {
      await recreateTarget(server);
      const before = await fingerprint(server, TARGET);
      const kill = 'kill' in fault.what ? fault.what.kill : undefined;
      const restore = await (kill === 'service' ? throughKill(fault) : struck(fault));
      await restarted;
      await pass();
      const after = await fingerprint(server, TARGET);
      await until(async () => (await sessionsOf(server)).length === 0);
      if (restore !== undefined) await until(async () => processesOf(restore.id).length === 0);
      if (taskDisk.files().length > 0) throw new Error(`a task has left ${taskDisk.files()}`);
      const target = endOfTarget(before, backedUp, after);
      if (target !== 'backup') await nextIsRight();
      return { target, restore };
    },
    stop: async () => {
      taskDisk.restore();
      await service.stop();
      harness.remove();
      await (await restarted)?.end();
      await Promise.all([storage.close(), database.close(), s3.close(), server.stop()]);
      rmSync(objects, { recursive: true });
    },
  };

  async function pass(): Promise<void> {
    beforeTask = async () => {};
    for (const proxy of [storage, database]) {
      proxy.watch(() => {});
      await proxy.set('pass');
    }
  }

  /** Whatever happened to the previous one, the next one starts and succeeds. */
  async function nextIsRight(): Promise<void> {
    const api = adminClient(service);
    const next = await api.follow((await api.startRestore(backup.id)).id);
    if (next.status !== 'success') throw new Error(`the next restore failed: ${JSON.stringify(next.error)}`);
    const end = endOfTarget(new Map(), backedUp, await fingerprint(server as RunningServer, TARGET));
    if (end !== 'backup') throw new Error('the next restore was not right');
  }

  async function struck(fault: Strike): Promise<Restore | undefined> {
    const api = adminClient(service);
    if (fault.step === 'start') await strike(fault, '');
    const reached = reach(fault);
    const answer = await api.call('POST', `/api/backups/${backup.id}/restore`, {});
    if (answer.status !== 201) return undefined;
    const { id } = answer.body as Restore;
    const met = fault.step === 'start' ? undefined : reached.then(() => strike(fault, id));
    const ended = api.follow(id);
    await Promise.race([met, ended.then(() => met !== undefined && !isByChance(fault.step) && notMet())]);
    return ended;
  }

  /** The restore of a killed service, as the next service reports its end. */
  async function throughKill({ step, what }: Strike): Promise<Restore> {
    await service.stop();
    const served = await serve(stateDirectory);
    const reached = reach({ step, what });
    const { id } = await served.api.startRestore(backup.id);
    if (step === 'task') await until(async () => taskOf(id) !== undefined);
    else await reached;
    served.child.kill('SIGKILL');
    await once(served.child, 'exit');
    service = await startService({ stateDirectory, ...options });
    return adminClient(service).follow(id);
  }

  /** Resolves once a restore that is started now has reached the step. */
  async function reach({ step, what }: Strike): Promise<void> {
    if (typeof step === 'number') return sleep(step);
    const here = Promise.withResolvers<void>();
    const isOfStorage = 'network' in what && what.to === 'storage';
    if (step === 'task') beforeTask = async () => here.resolve();
    if (step === 'verifying') storage.watch(({ down }) => down > object.length / 4 && here.resolve());
    if (step === 'loading') {
      database.watch(({ up }) => up > ROWS_UNDER_WAY_BYTES && here.resolve());
      // otherwise all of it would be there before the first row
      if (isOfStorage) storage.watch(({ down }) => down > object.length + PART_BYTES && slowDown());
    }
    if (step === 'loading' && 'garble' in what) {
      storage.watch(({ down }) => down > object.length + PART_BYTES && here.resolve());
    }
    await here.promise;

    function slowDown(): void {
      storage.watch(() => {});
      void storage.set('slow');
      setTimeout(here.resolve, DOWNLOAD_AHEAD_MS).unref();
    }
  }

  async function strike({ what, step }: Strike, restoreId: string): Promise<void> {
    if ('garble' in what) storage.garble(GARBLED_AFTER_BYTES);
    else if ('disk' in what) {
      taskDisk.spoil(what.disk);
      setTimeout(() => taskDisk.restore(), what.forMs);
    } else if ('network' in what) {
      const proxy = what.to === 'storage' ? storage : database;
      await proxy.set(what.network);
      if (what.forMs !== undefined) setTimeout(() => void proxy.set('pass'), what.forMs);
    } else if (what.kill === 'session') await killSession(server as RunningServer, !isByChance(step));
    else if (what.kill === 'server') restarted = crashServer(server as RunningServer);
    else if (what.kill !== 'service') await killProcess(restoreId, what.kill, !isByChance(step));
  }
}

/** Without such a step, the fault may have no effect. */
function isByChance(step: Strike['step']): boolean {
  return typeof step === 'number';
}

function notMet(): never {
  throw new Error('the restore ended before the fault was there');
}

async function dumped(server: RunningServer): Promise<Buffer> {
  const out = new PassThrough();
  const [bytes] = await Promise.all([buffer(out), writeJagadBackup({ dump: openDump(server, SOURCE), out })]);
  return bytes;
}
