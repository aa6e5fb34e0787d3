/** Passwords and keys stay where they belong: a full run leaves none of them anywhere else. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Restore } from '../../lib/restores/model.ts';
import { expected, type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';

const USER_PASSWORD = 'the-password-of-a-user-7391';
const SECRET_KEY = 'the-secret-key-of-a-provider-7391';
const NEW_KEY = 'an-encryption-key-of-the-api-7391';

describe.each(['postgresql', 'mariadb'] as const)('the secrets of a restore to %s', (dbType) => {
  let harness: Harness;
  let stopServer = async () => {};
  const answers: string[] = [];
  const processes = new Set<string>();
  let watcher: NodeJS.Timeout;

  beforeAll(async () => {
    const server = await startServer(dbType);
    if (server === undefined) throw new Error(`no ${dbType}`);
    stopServer = server.stop;
    harness = await startHarness(server);
    watcher = setInterval(watchProcesses, 100);
  });
  afterAll(async () => {
    clearInterval(watcher);
    await harness.stop();
    await stopServer();
  });

  const call = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => {
    const answer = await harness.api.call(method, path, body);
    answers.push(JSON.stringify(answer));
    return answer;
  };

  /** The command line of every process on this machine, and its environment as far as it can be read. */
  function watchProcesses(): void {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const file of ['cmdline', 'environ']) {
        try {
          processes.add(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
        } catch {
          // it has ended, or is another user's
        }
      }
    }
  }

  it('are in no table, log, execution, process or response', async () => {
    const { service, server, backups, connection } = harness;
    await call('POST', '/api/users', { username: 'somebody', password: USER_PASSWORD, role: 'viewer' });
    await call('POST', '/api/auth/login', { username: 'somebody', password: USER_PASSWORD });
    answers.pop(); // a login is meant to return a token
    await call('POST', '/api/encryption-keys', { id: 'by-api', value: NEW_KEY });
    await call('GET', '/api/encryption-keys');
    await call('POST', '/api/storage-providers', {
      name: 'elsewhere',
      provider_type: 'minio',
      endpoint: 'http://127.0.0.1:1',
      bucket: 'backups',
      access_key: 'somebody',
      secret_key: SECRET_KEY,
    });
    await call('PUT', `/api/connections/${connection.id}`, { password: server.password });
    await call('POST', `/api/connections/${connection.id}/test`);
    await call('POST', `/api/backups/${backups[0].id}/restore/preview`, {});
    for (const body of [{}, { target_database: 'second' }]) {
      const { body: started } = await call('POST', `/api/backups/${backups[0].id}/restore`, body);
      const ended = await harness.api.follow((started as Restore).id);
      answers.push(JSON.stringify(ended));
      expect(ended.status).toBe('success');
    }
    for (const path of [
      '/api/connections',
      '/api/storage-providers',
      '/api/users',
      '/api/audit',
      '/api/restores',
      '/api/health',
    ]) {
      await call('GET', path);
    }
    clearInterval(watcher);

    const secrets = [server.password, expected.encryption_key, USER_PASSWORD, SECRET_KEY, NEW_KEY, service.token];
    const places: Record<string, string> = {
      answers: answers.join('\n'),
      processes: [...processes].join('\n'),
      executions: JSON.stringify(service.stateMachines.all()),
      tables: await tables(),
      files: filesOf(harness.stateDirectory),
    };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length, place).toBeGreaterThan(100);
      for (const secret of secrets) expect(text.includes(secret), `${secret} in the ${place}`).toBe(false);
    }
    expect([...processes].join('\n')).toMatch(dbType === 'postgresql' ? /pg_restore/ : /mariadb\0--defaults-file/);
  });

  async function tables(): Promise<string> {
    const client = new DynamoDBClient({
      endpoint: harness.service.dynamoDbUrl,
      region: 'us-east-1',
      credentials: harness.service.credentials,
    });
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    const items = await Promise.all(TableNames.map((TableName) => client.send(new ScanCommand({ TableName }))));
    client.destroy();
    return JSON.stringify(items.map(({ Items }) => Items));
  }

  /** Every file of the service's state but the sealed secrets themselves, and their key. */
  function filesOf(directory: string): string {
    return readdirSync(directory)
      .filter((name) => !name.startsWith('secrets.'))
      .map((name) => join(directory, name))
      .map((path) => (statSync(path).isDirectory() ? filesOf(path) : readFileSync(path, 'latin1')))
      .join('\n');
  }
});
