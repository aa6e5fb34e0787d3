/**
 * A backup known to be encrypted is never accepted unencrypted: someone who can write to the bucket needs no key to put
 * gzip there.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import type { Preview } from '../../lib/backups/schemas.ts';
import type { Connection } from '../../lib/connections/model.ts';
import { putObject, registerServer } from '../../lib/local/demo/register.ts';
import { startMariadb } from '../../lib/local/servers/mariadb.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { fileSource } from '../../lib/pipeline/download/file-source.ts';
import { openObject } from '../../lib/pipeline/opening/open-object.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { expected, fixtureBytes, type Harness, runSql, startHarness } from '../support/harness.ts';
import { until } from '../support/until.ts';

const ARCHIVE = readFileSync(new URL('../fixtures/jagad-real/objects/mariabackup-slash.tar.gz', import.meta.url));
const DATABASE = 'overwritten';

let server: RunningServer;
let harness: Harness;
/** What is in the encrypted fixture: its SHA-256 is the checksum that Jagad recorded. */
let plain: Buffer;

beforeAll(async () => {
  server = await startMariadb();
  harness = await startHarness(server);
  const { storage_path } = harness.backups[0];
  const path = fileURLToPath(new URL(`../fixtures/jagad/objects/${encodeURI(storage_path)}`, import.meta.url));
  const keys = [{ id: 'fixtures', masterKey: expected.encryption_key }];
  const { compressed } = await openObject(fileSource(path), keys);
  const chunks: Buffer[] = [];
  for await (const chunk of compressed) chunks.push(chunk);
  plain = Buffer.concat(chunks);
  await runSql(server, undefined, [
    `CREATE DATABASE ${DATABASE}`,
    `CREATE TABLE ${DATABASE}.kept AS SELECT 7 AS seven`,
  ]);
});
afterAll(async () => {
  await harness.stop();
  await server.stop();
});

const get = async ({ id }: Backup) => (await harness.api.call('GET', `/api/backups/${id}`)).body as Backup;
const kept = () => runSql(server, DATABASE, ['SHOW TABLES']).then((rows) => rows.flatMap((row) => Object.values(row)));

async function verify(backup: Backup): Promise<Backup> {
  // one that was verified before keeps that verdict until the new verification begins
  await harness.service.records.backups.update(backup.id, { verify_status: 'pending' });
  expect(await harness.api.call('POST', `/api/backups/${backup.id}/verify`)).toMatchObject({ status: 202 });
  await until(async () => !['pending', 'verifying'].includes((await get(backup)).verify_status));
  return get(backup);
}

async function restore({ id }: Backup, body: object = { target_database: DATABASE }): Promise<Restore> {
  const answer = await harness.api.call('POST', `/api/backups/${id}/restore`, body);
  expect(answer).toMatchObject({ status: 201 });
  return harness.api.follow((answer.body as Restore).id);
}

/** Everything that reads the backup refuses it, and the target stays as it is. */
async function expectRefused(backup: Backup, why: RegExp, body: object = { target_database: DATABASE }): Promise<void> {
  const message = expect.stringMatching(why);
  const { body: preview } = await harness.api.call('POST', `/api/backups/${backup.id}/restore/preview`, body);
  expect((preview as Preview).obstacles).toContainEqual(message);
  expect(await verify(backup)).toMatchObject({ verify_status: 'failed', verify_error: message });
  const restored = await restore(backup, body);
  expect(restored).toMatchObject({ status: 'failed', error: { code: 'DECRYPT_ERROR', message } });
  expect(restored.log_output).not.toContain('OK');
  expect(await kept()).toEqual(['kept']);
}

describe('a plain object in place of an encrypted one', () => {
  it.each([
    ['says AES-256-GCM', { encryption_algo: 'AES-256-GCM' }, "the backup's record says AES-256-GCM"],
    ['names a key', { encryption_key_id: 'fixtures' }, "the backup's record names the encryption key fixtures"],
  ] as const)('is refused if the record %s, even if its checksum is right', async (_, fields, why) => {
    const backup = await harness.addBackup(harness.backups[0], plain, fields);
    expect(backup.checksum).not.toBeNull();
    await expectRefused(backup, new RegExp(`^DECRYPT ERROR: ${backup.storage_path} is not encrypted, but ${why}`));
  });

  it('is refused if an earlier verification found it encrypted', async () => {
    const fixture = fixtureBytes(harness.backups[0].storage_path);
    const backup = await harness.addBackup(harness.backups[0], fixture, { checksum: null });
    expect(await verify(backup)).toMatchObject({ verify_status: 'passed', encryption_algo: 'AES-256-GCM' });
    await putObject(harness.service, backup.storage_path, plain);
    await expectRefused(backup, /is not encrypted, but the backup's record says AES-256-GCM/);
  });

  it('is refused by a restore that skips verification', async () => {
    const backup = await harness.addBackup(harness.backups[0], plain, { encryption_algo: 'AES-256-GCM' });
    const restored = await restore(backup, { target_database: DATABASE, verify: 'skip' });
    expect(restored).toMatchObject({ status: 'failed', error: { code: 'DECRYPT_ERROR' } });
    expect(await kept()).toEqual(['kept']);
  });

  it('is restored if nothing says that it is encrypted', async () => {
    const backup = await harness.addBackup(harness.backups[1], plain, { checksum: null });
    expect(await verify(backup)).toMatchObject({ verify_status: 'passed', encryption_algo: null });
    expect(await restore(backup, { target_database: 'plain' })).toMatchObject({ status: 'success' });
  });
});

describe('a connection that accepts only encrypted backups', () => {
  let connection: Connection;
  const set = async (encrypted_only: boolean) => {
    const answer = await harness.api.call('PUT', `/api/connections/${connection.id}`, { encrypted_only });
    expect(answer).toMatchObject({ status: 200, body: { encrypted_only } });
  };

  beforeAll(async () => {
    connection = await registerServer(harness.service, server, { id: randomUUID(), name: 'Vault' });
    await set(true);
  });

  it('accepts them', async () => {
    const fixture = fixtureBytes(harness.backups[0].storage_path);
    const backup = await harness.addBackup(harness.backups[0], fixture, { connection_id: connection.id });
    expect(await verify(backup)).toMatchObject({ verify_status: 'passed' });
    expect(await restore(backup, { target_database: 'encrypted' })).toMatchObject({ status: 'success' });
  });

  it('refuses all others if no record says that they are encrypted', async () => {
    const backup = await harness.addBackup(harness.backups[1], plain, { connection_id: connection.id });
    await expectRefused(backup, /is not encrypted, but the connection Vault accepts only encrypted backups/);
  });

  it('refuses backups that passed before the setting, even if a pass counts as recent', async () => {
    await set(false);
    const backup = await harness.addBackup(harness.backups[1], plain, { connection_id: connection.id, checksum: null });
    expect(await verify(backup)).toMatchObject({ verify_status: 'passed' });
    await set(true);
    const restored = await restore(backup, { target_database: DATABASE, verify: 'recent' });
    expect(restored).toMatchObject({ status: 'failed', error: { code: 'DECRYPT_ERROR' } });
    expect(await kept()).toEqual(['kept']);
  });

  it('refuses archives of Mariabackup, read or not', async () => {
    const fields = {
      connection_id: connection.id,
      engine: 'mariabackup',
      backup_type: 'incremental',
      checksum: null,
    } as const;
    const body = { databases: [{ from: 'app', to: DATABASE }] };
    const unread = await harness.addBackup(harness.backups[1], ARCHIVE, fields);
    await expectRefused(unread, /is not encrypted, but the connection Vault/, body);
    await set(false);
    const read = await verify(await harness.addBackup(harness.backups[1], ARCHIVE, fields));
    expect(read).toMatchObject({ verify_status: 'passed', backup_type: 'full' });
    await set(true);
    expect(await restore(read, body)).toMatchObject({ status: 'failed', error: { code: 'DECRYPT_ERROR' } });
    expect(await kept()).toEqual(['kept']);
  });

  it('refuses a repository of pgBackRest without a cipher before it is read', async () => {
    const own = { ...connection, id: randomUUID(), db_type: 'postgresql', name: 'Vault PG' } as const;
    await harness.service.records.connections.put({ ...own, encrypted_only: true });
    const backup = await harness.addBackup(harness.backups[1], plain, {
      ...{ connection_id: own.id, db_type: 'postgresql', engine: 'pgbackrest', stanza: 'main', label: 'a' },
    });
    const body = { databases: [{ from: 'app', to: DATABASE }] };
    const obstacles = async () => {
      const { body: preview } = await harness.api.call('POST', `/api/backups/${backup.id}/restore/preview`, body);
      return (preview as Preview).obstacles.filter((line) => line.startsWith('DECRYPT ERROR'));
    };
    expect(await obstacles()).toEqual([
      expect.stringContaining('the connection Vault PG accepts only encrypted backups'),
    ]);
    harness.service.secrets.set(harness.service.secretNames.cipherPass(own.id), JSON.stringify({ cipher_pass: 'x' }));
    expect(await obstacles()).toEqual([]);
  });
});
