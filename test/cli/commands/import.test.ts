/**
 * `import`: reads from a Jagad that answers like the recorded one, and sends to a service that has only this call.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { run } from '../../../lib/cli/run.ts';
import {
  type JagadOptions,
  type JagadServer,
  type RawRecord,
  recordedState,
  startJagad,
} from '../../support/jagad-server.ts';
import { typed } from '../typed.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Service {
  url: string;
  password: string;
  /** The bodies of the import's calls. */
  bodies: RawRecord[];
  /** Ends all sessions. */
  endSessions(): void;
}

interface ServiceOptions {
  /** How many backups a call accepts; the others are left. */
  mostPerCall?: number;
  /** Instead of an answer to the import. */
  instead?: (count: number, service: Service) => { status: number; body: unknown } | undefined;
  skipped?: { id: string; reason: string }[];
  warnings?: { id: string; reason: string }[];
}

/** Counts as the service does: what it has is known. */
async function startService(options: ServiceOptions = {}): Promise<Service> {
  const known = new Set<string>();
  const tokens = new Set<string>();
  const service: Service = { url: '', password: 'service-pass', bodies: [], endSessions: () => tokens.clear() };
  const take = (records: RawRecord[]) => {
    const created = records.filter(({ id }) => !known.has(id));
    for (const { id } of created) known.add(id);
    return { created: created.length, known: records.length - created.length };
  };
  const importing = (body: RawRecord) => {
    const most = options.mostPerCall ?? Number.POSITIVE_INFINITY;
    const before = body.backups.filter(({ id }: RawRecord) => known.has(id));
    const fresh = body.backups.filter(({ id }: RawRecord) => !known.has(id));
    const left = Math.max(0, fresh.length - most);
    return {
      storage_providers: take(body.storage_providers),
      connections: take(body.connections),
      backups: { ...take([...before, ...fresh.slice(0, most)]), filled: 0, corrected: 0, left },
      skipped: options.skipped ?? [],
      warnings: options.warnings ?? [],
      verification_job: left === 0 && fresh.length > 0 ? 'job-1' : null,
    };
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const answer = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
    if (request.url === '/api/auth/login') {
      const { username, password } = JSON.parse(text);
      if (username !== 'admin' || password !== service.password) {
        return answer(401, { error: 'wrong username or password', code: 'NOT_AUTHENTICATED', hint: 'Check both.' });
      }
      const token = crypto.randomUUID();
      tokens.add(token);
      return answer(200, { token });
    }
    if (!tokens.has(request.headers.authorization?.replace('Bearer ', '') ?? ''))
      return answer(401, { error: 'sign in' });
    if (request.url === '/api/auth/check') return answer(200, {});
    const body = JSON.parse(text);
    service.bodies.push(body);
    const instead = options.instead?.(service.bodies.length, service);
    if (instead) return answer(instead.status, instead.body);
    return answer(200, importing(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  service.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return service;
}

async function startBoth(jagadOptions: JagadOptions = {}, serviceOptions: ServiceOptions = {}) {
  const jagad = await startJagad(jagadOptions);
  stops.push(jagad.stop);
  const service = await startService(serviceOptions);
  return { jagad, service, env: { JAGAD_PASSWORD: jagad.password, JAGAD_RESTORE_PASSWORD: service.password } };
}

const importing = ({ jagad, service }: { jagad: JagadServer; service: Service }, ...more: string[]) => [
  'import',
  '--from',
  jagad.url,
  '--service',
  service.url,
  ...more,
];

describe('import', () => {
  it('sends everything that a Jagad lists to the service, and prints what was created and what to do next', async () => {
    const both = await startBoth();
    const { code, stdout, stderr } = await typed(importing(both), both.env);
    expect([code, stderr]).toEqual([0, 'read from Jagad: 11 connections, 2 storage providers, 130 backups\n']);
    expect(stdout.split('\n')).toEqual([
      'storage providers: 2 created, 0 known',
      'connections: 11 created, 0 known',
      'backups: 130 created, 0 filled in, 0 corrected, 0 known',
      expect.stringMatching(
        /^next: set the secret key of each of the 2 new storage providers, which Jagad does not reveal/,
      ),
      expect.stringMatching(/^next: set the password of each of the 11 new connections, which Jagad does not reveal/),
      `verifying new backups: ${both.service.url}/api/jobs/job-1`,
      '',
    ]);
    const [body, ...others] = both.service.bodies;
    expect(others).toEqual([]);
    expect(body?.listed_ids).toHaveLength(130);
    expect(body?.connections.every(({ databases }: RawRecord) => databases.length > 0)).toBe(true);
    expect(Object.keys(body ?? {}).toSorted()).toEqual(['backups', 'connections', 'listed_ids', 'storage_providers']);
  });

  it('finds everything known the second time, and has nothing to do', async () => {
    const both = await startBoth();
    await typed(importing(both), both.env);
    const { code, stdout } = await typed(importing(both), both.env);
    expect([code, stdout]).toEqual([
      0,
      'storage providers: 0 created, 2 known\nconnections: 0 created, 11 known\nbackups: 0 created, 0 filled in, 0 corrected, 130 known\n',
    ]);
  });

  it('repeats the request until nothing is left, and counts nothing twice', async () => {
    const both = await startBoth({}, { mostPerCall: 50 });
    const { code, stdout } = await typed(importing(both), both.env);
    expect([code, both.service.bodies.length]).toEqual([0, 3]);
    expect(stdout).toContain(
      'storage providers: 2 created, 0 known\nconnections: 11 created, 0 known\nbackups: 130 created, 0 filled in, 0 corrected, 0 known\n',
    );
  });

  it('ends if the service makes no more progress', async () => {
    const both = await startBoth({}, { mostPerCall: 0 });
    const { code, stderr } = await typed(importing(both), both.env);
    expect([code, both.service.bodies.length]).toEqual([3, 4]);
    expect(stderr).toMatch(/makes no progress: 130 backups left\nRun the import again later/);
  });

  it('sends lists that are too large for one call in parts, and counts nothing twice', async () => {
    const state = recordedState();
    const [one] = state.backups as [RawRecord];
    const storage_path = `backups/${'x'.repeat(1000)}`;
    for (let n = 0; n < 3000; n++) {
      state.backups.push({
        ...one,
        storage_path,
        id: crypto.randomUUID(),
        created_at: new Date(1.7e12 + n * 1000).toISOString(),
      });
    }
    const both = await startBoth({ state });
    const { code, stdout } = await typed(importing(both), both.env);
    expect(code).toBe(0);
    expect(both.service.bodies.length).toBeGreaterThan(2);
    expect(both.service.bodies.every((body) => JSON.stringify(body).length < 4 * 1024 ** 2)).toBe(true);
    expect(stdout).toContain(
      'storage providers: 2 created, 0 known\nconnections: 11 created, 0 known\nbackups: 3130 created, 0 filled in, 0 corrected, 0 known\n',
    );
  });

  it('names each record that was refused, or that needs attention', async () => {
    const state = recordedState();
    const [connection, moved] = [state.connections[10], state.connections[3]] as [RawRecord, RawRecord];
    connection.name = 'x'.repeat(201);
    moved.name = 'Moved\u001b[2J PG';
    const [backup] = state.backups as [RawRecord];
    const both = await startBoth(
      { state },
      {
        skipped: [
          { id: backup.id, reason: 'its connection is not known' },
          { id: 'number 3 of the list', reason: 'odd' },
        ],
        warnings: [
          { id: moved.id, reason: 'Jagad changed it' },
          { id: moved.id, reason: 'Jagad changed it' },
        ],
      },
    );
    const { code, stdout, stderr } = await typed(importing(both), both.env);
    expect(code).toBe(0);
    expect(stderr).toMatch(new RegExp(`^not readable: connection ${connection.id}: name: `, 'm'));
    expect(stdout.match(/^(skipped|warning): .*$/gm)).toEqual([
      `skipped: backup ${backup.id} (${backup.storage_path}): its connection is not known`,
      'skipped: number 3 of the list: odd',
      `warning: connection Moved?[2J PG (${moved.id}): Jagad changed it`,
    ]);
  });

  it('passes on which storage providers are the same', async () => {
    const both = await startBoth();
    const [jagads, ours] = [both.jagad.state.storage_providers[0]?.id, crypto.randomUUID()];
    const more = ['--provider', `${jagads}=${ours}`, '--storage-provider', ours];
    expect((await typed(importing(both, ...more), both.env)).code).toBe(0);
    expect(both.service.bodies[0]).toMatchObject({ providers: { [jagads]: ours }, storage_provider_id: ours });
  });

  it('prints JSON for programs', async () => {
    const both = await startBoth();
    const { stdout } = await typed(importing(both, '--json'), both.env);
    expect(JSON.parse(stdout)).toEqual({
      storage_providers: { created: 2, known: 0 },
      connections: { created: 11, known: 0 },
      backups: { created: 130, filled: 0, corrected: 0, known: 0 },
      skipped: [],
      warnings: [],
      verification_jobs: ['job-1'],
      unreadable: [],
      reading_warnings: [],
    });
  });

  it('accepts tokens instead of passwords', async () => {
    const both = await startBoth();
    const { token } = (await (
      await fetch(`${both.service.url}/api/auth/login`, {
        method: 'POST',
        body: JSON.stringify({ username: 'admin', password: both.service.password }),
      })
    ).json()) as { token: string };
    const env = { JAGAD_TOKEN: both.jagad.signIn(), JAGAD_RESTORE_TOKEN: token };
    expect((await typed(importing(both), env)).code).toBe(0);
    expect(both.jagad.requests.some((request) => request.includes('login'))).toBe(false);
  });

  it('continues after Jagad restarts and after the session ends', async () => {
    const both = await startBoth(
      {
        before: (path, count, jagad) => {
          if (path === '/api/backups' && count === 1) jagad.restart();
          return undefined;
        },
      },
      {
        instead: (count, service) => {
          if (count > 1) return undefined;
          service.endSessions();
          return { status: 401, body: { error: 'the session has ended' } };
        },
      },
    );
    const { code, stdout } = await typed(importing(both), both.env);
    expect([code, both.service.bodies.length]).toEqual([0, 2]);
    expect(stdout).toContain('backups: 130 created');
  });
});

describe('--dry-run', () => {
  it('prints what a Jagad lists, and needs no service', async () => {
    const { jagad, env } = await startBoth();
    const { code, stdout } = await typed(['import', '--from', jagad.url, '--dry-run'], env);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, -1)).toHaveLength(13);
    expect(stdout).toMatch(
      /^connection EU\/Prod \(0aa6e8c9-.*\): mariadb at 127\.0\.0\.1:23503, \d+ databases, \d+ backups \(\d+ success\)$/m,
    );
    expect(stdout).toMatch(/^connection Production PG .*\(\d+ success, .*\d+ failed.*\)$/m);
    expect(stdout).toMatch(
      /^storage provider Archive \(second\) \(73fdb7e6-.*\): bucket jagad-archive at 127\.0\.0\.1:23443, 16 backups$/m,
    );
  });

  it('prints the lists themselves as JSON, without a secret', async () => {
    const { jagad, env } = await startBoth();
    const { stdout } = await typed(['import', '--from', jagad.url, '--dry-run', '--json'], env);
    const { connections, storage_providers, backups, unreadable, warnings } = JSON.parse(stdout);
    expect([connections.length, storage_providers.length, backups.length, unreadable, warnings]).toEqual([
      11,
      2,
      130,
      [],
      [],
    ]);
    expect(stdout).not.toMatch(/secret_key|password/);
  });
});

describe('what can go wrong', () => {
  it.each<[string, string[], NodeJS.ProcessEnv, RegExp]>([
    ['a missing --from', ['import', '--service', 'http://127.0.0.1:1'], {}, /^--from is missing/],
    ['a missing --service', ['import', '--from', 'http://127.0.0.1:1'], {}, /^--service is missing/],
    [
      'an object as an argument',
      ['import', 'backup.gz', '--from', 'http://127.0.0.1:1'],
      {},
      /^unexpected argument: backup\.gz/,
    ],
    ['an invalid address', ['import', '--from', 'jagad', '--dry-run'], {}, /^the address of Jagad is not a URL/],
    [
      "a password in Jagad's address",
      ['import', '--from', 'http://a:geheim@jagad', '--dry-run'],
      {},
      /^the address of Jagad contains a user name or a password/,
    ],
    [
      "a password in the service's address",
      ['import', '--from', 'http://127.0.0.1:1', '--service', 'http://a:geheim@x'],
      { JAGAD_PASSWORD: 'x' },
      /^the address of the restore service contains/,
    ],
    [
      'a missing password',
      ['import', '--from', 'http://127.0.0.1:1', '--dry-run'],
      {},
      /^the password of admin at Jagad is missing\nSet JAGAD_PASSWORD or JAGAD_TOKEN/,
    ],
    [
      'a missing password of the service',
      ['import', '--from', 'http://127.0.0.1:1', '--service', 'http://127.0.0.1:1'],
      { JAGAD_PASSWORD: 'x' },
      /^the password of admin at the restore service is missing\nSet JAGAD_RESTORE_PASSWORD/,
    ],
    [
      'a password as an argument',
      ['import', '--from', 'http://127.0.0.1:1', '--jagad-password=geheim'],
      {},
      /^Unknown option '--jagad-password'/,
    ],
    [
      "a provider mapping that isn't two ids",
      ['import', '--from', 'http://127.0.0.1:1', '--dry-run', '--provider', 'a=b'],
      {},
      /^--provider a=b isn't a pair of ids/,
    ],
    [
      "a storage provider that isn't an id",
      ['import', '--from', 'http://127.0.0.1:1', '--dry-run', '--storage-provider', 'a'],
      {},
      /^--storage-provider isn't an id/,
    ],
    [
      'a missing CA file',
      ['import', '--from', 'https://127.0.0.1:1', '--dry-run', '--jagad-ca-file', '/nowhere'],
      {},
      /^--jagad-ca-file cannot be read/,
    ],
    [
      'a CA file without a certificate',
      ['import', '--from', 'https://127.0.0.1:1', '--dry-run', '--jagad-ca-file', '/dev/null'],
      {},
      /^--jagad-ca-file contains no certificate/,
    ],
  ])('exits with 2 for %s', async (_what, args, env, message) => {
    const { code, stdout, stderr } = await typed(args, env);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('geheim');
  });

  it('a wrong password for the service is reported before anything is read: 3', async () => {
    const both = await startBoth();
    const { code, stderr } = await typed(importing(both), { ...both.env, JAGAD_RESTORE_PASSWORD: 'geheim' });
    expect([code, stderr]).toEqual([3, 'the restore service returned 401: wrong username or password\nCheck both.\n']);
    expect(both.jagad.requests).toEqual([]);
  });

  it('a wrong password for Jagad is reported: 3', async () => {
    const both = await startBoth();
    const { code, stderr } = await typed(importing(both), { ...both.env, JAGAD_PASSWORD: 'geheim' });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^Jagad refuses the user or the password/)]);
    expect(both.service.bodies).toEqual([]);
  });

  it('two addresses that were swapped: 3, and neither gets the other’s password twice', async () => {
    const both = await startBoth();
    const args = ['import', '--from', both.service.url, '--service', both.jagad.url];
    const { code, stderr } = await typed(args, both.env);
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^the restore service returned 401/)]);
  });

  it.each([
    [
      { status: 403, body: { error: 'an administrator only', hint: 'Sign in as one.' } },
      /^the restore service returned 403: an administrator only\nSign in as one\.$/m,
    ],
    [{ status: 200, body: { ok: true } }, /^no restore service that can import answers at http/m],
    [{ status: 404, body: 'no' }, /^no restore service that can import answers at http/m],
  ])('the service answers %j: 3', async (answer, message) => {
    const both = await startBoth({}, { instead: () => answer });
    const { code, stdout, stderr } = await typed(importing(both), both.env);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(message);
  });

  it('an unreachable service: 3', async () => {
    const { jagad, env } = await startBoth();
    const { code, stderr } = await typed(['import', '--from', jagad.url, '--service', 'http://127.0.0.1:1'], env);
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(
        /^the restore service cannot be reached .*\nCheck the address, and start the restore service: nothing listens on port 1 /,
      ),
    ]);
  });
});

it('has its own help', async () => {
  const { code, stdout } = await typed(['import', '--help']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('Usage: npx jagad-restore import --from URL')]);
  expect(stdout).toContain('Exit codes:');
});

it('asks at the terminal for what the environment lacks, shows progress, and shows no password', async () => {
  const { jagad, service } = await startBoth();
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const shown: string[] = [];
  const passwords = [jagad.password, service.password];
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      shown.push(String(chunk));
      if (String(chunk).startsWith('Password of admin at ')) setImmediate(() => stdin.write(`${passwords.shift()}\r`));
      done();
    },
  });
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
  const code = await run(['import', '--from', jagad.url, '--service', service.url], {
    env: {},
    stdin,
    stdout,
    stderr: Object.assign(stderr, { isTTY: true }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = shown.join('');
  expect(code).toBe(0);
  expect(text).toContain(`Password of admin at Jagad (${jagad.url}): `);
  expect(text).toContain(`Password of admin at the restore service (${service.url}): `);
  expect(text).toContain('reading from Jagad: 11 connections');
  expect(text).toContain('reading from Jagad: 130 backups (round 2)');
  expect(text).toContain('importing: part 1 of 1');
  expect(text).not.toContain(jagad.password);
  expect(text).not.toContain(service.password);
});
