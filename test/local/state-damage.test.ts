/** A damaged state directory is refused, named, and left as it is; what `--check` and `--go-back` do with it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { goBack } from '../../lib/local/aws/go-back.ts';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import type { LocalService } from '../../lib/local/service.ts';
import { copiesIn } from '../../lib/local/state/state-copies.ts';
import { writeMarker } from '../../lib/local/state/state-marker.ts';
import { serve } from '../support/serve.ts';
import { adminClient, startService } from '../support/service.ts';
import { knownStack } from '../support/stack/known-stack.ts';

let parent: string;
/** A state that was used: a user, a connection, two starts. */
let used: string;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  used = join(parent, 'used');
  mkdirSync(used);
  for (const start of [1, 2]) {
    const service = await startService({ stateDirectory: used });
    if (start === 1) {
      const api = adminClient(service);
      await api.call('POST', '/api/users', { username: 'kim', password: 'a-long-password', role: 'operator' });
      const connection = {
        name: 'shop',
        db_type: 'postgresql',
        host: '127.0.0.1',
        port: 1,
        username: 'u',
        password: 'p',
      };
      expect(await api.call('POST', '/api/connections', connection)).toMatchObject({ status: 201 });
    }
    await service.stop();
  }
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

function copyOfUsed(): string {
  const directory = mkdtempSync(join(parent, 'case-'));
  cpSync(used, directory, { recursive: true });
  return directory;
}

/** Every file with its mode and content. */
function treeOf(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory, { recursive: true })
      .map(String)
      .toSorted()
      .map((name) => {
        const path = join(directory, name);
        const status = lstatSync(path);
        const content = status.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
        return [name, `${status.mode.toString(8)} ${content}`];
      }),
  );
}

async function start(stateDirectory: string): Promise<LocalService> {
  const service = await startService({ stateDirectory });
  onTestFinished(() => service.stop());
  return service;
}

async function run(stateDirectory: string, ...args: string[]) {
  const env = { ...process.env, STATE_DIR: stateDirectory };
  const ran = promisify(execFile)(process.execPath, ['bin/local.ts', ...args], { env });
  const {
    code = 0,
    stdout,
    stderr,
  } = (await ran.catch((error: unknown) => error)) as {
    code?: number;
    stdout: string;
    stderr: string;
  };
  return { code, stdout, stderr };
}

const inDatabase = (directory: string, ending: RegExp) =>
  readdirSync(join(directory, 'dynamodb'))
    .filter((name) => ending.test(name))
    .map((name) => join(directory, 'dynamodb', name));
const remove =
  (...names: string[]) =>
  (directory: string) => {
    for (const name of names) rmSync(join(directory, name), { recursive: true });
  };
const empty = (name: string) => (directory: string) => truncateSync(join(directory, name), 0);
const garble = (name: string) => (directory: string) => {
  const path = join(directory, name);
  const bytes = readFileSync(path);
  bytes.fill(0x5a, Math.floor(bytes.length / 3), Math.ceil(bytes.length / 2));
  writeFileSync(path, bytes);
};

const damages: [string, (directory: string) => void, RegExp][] = [
  ['a missing secrets.key', remove('secrets.key'), /secrets\.key is missing: it opens the secrets/],
  ['an empty secrets.key, as after a power cut', empty('secrets.key'), /secrets\.key is empty/],
  [
    'a truncated secrets.key',
    (at) => truncateSync(join(at, 'secrets.key'), 16),
    /secrets\.key has 16 bytes instead of 32/,
  ],
  ['a changed secrets.key', garble('secrets.key'), /secrets\.key isn't the key that this state/],
  ['a missing secrets.sealed', remove('secrets.sealed'), /secrets\.sealed is missing: it has the passwords and keys/],
  ['an empty secrets.sealed', empty('secrets.sealed'), /secrets\.sealed is empty/],
  ['a changed secrets.sealed', garble('secrets.sealed'), /secrets\.sealed is not opened by/],
  [
    'no secrets at all',
    remove('secrets.key', 'secrets.sealed'),
    /secrets\.key is missing[\s\S]*secrets\.sealed is missing/,
  ],
  ['no CURRENT', remove('dynamodb/CURRENT'), /dynamodb\/CURRENT is missing/],
  ['an empty CURRENT', empty('dynamodb/CURRENT'), /dynamodb\/CURRENT is empty/],
  [
    'a changed CURRENT',
    (at) => writeFileSync(join(at, 'dynamodb/CURRENT'), '?\n'),
    /dynamodb\/CURRENT names no manifest/,
  ],
  [
    'a missing manifest',
    (at) => void inDatabase(at, /^MANIFEST/).map((path) => rmSync(path)),
    /dynamodb\/MANIFEST-\d+ is missing/,
  ],
  [
    'an empty manifest',
    (at) => void inDatabase(at, /^MANIFEST/).map((path) => truncateSync(path, 0)),
    /dynamodb\/MANIFEST-\d+ is empty/,
  ],
  [
    'a missing log of the database',
    (at) => void inDatabase(at, /\.log$/).map((path) => rmSync(path)),
    /dynamodb has no \.log/,
  ],
  [
    'an empty log of the database',
    (at) => void inDatabase(at, /\.log$/).map((path) => truncateSync(path, 0)),
    /dynamodb is older than state\.json says/,
  ],
  [
    'missing tables of the database',
    (at) => void inDatabase(at, /\.ldb$/).map((path) => rmSync(path)),
    /dynamodb cannot be opened: .*missing files/,
  ],
  ['a missing database', remove('dynamodb'), /dynamodb\/CURRENT is missing/],
  ['missing objects', remove('s3'), /s3 is missing: it has the objects/],
  ['an empty state.json', empty('state.json'), /state\.json cannot be read: it is empty/],
  [
    'a changed state.json',
    garble('state.json'),
    /state\.json cannot be read: it (is not what the service writes|was changed)/,
  ],
  [
    'only the log',
    (at) => {
      remove('dynamodb', 's3', 'secrets.key', 'secrets.sealed', 'state.json', 'copies')(at);
      writeFileSync(join(at, 'service.log'), 'x\n');
    },
    /secrets/,
  ],
];

describe('a state directory with', () => {
  it.each(damages)('%s is refused, and left unchanged', async (name, damage, message) => {
    const directory = copyOfUsed();
    damage(directory);
    const before = treeOf(directory);
    const refused = (await startService({ stateDirectory: directory }).then(
      async (service) => {
        await service.stop();
        return new Error('it was started');
      },
      (error: unknown) => error,
    )) as Error;
    expect(refused.message).toMatch(message);
    expect(refused.message).toContain(`mv ${directory} ${directory}.damaged`);
    if (name !== 'only the log') expect(refused.message).toMatch(/npm start -- --go-back [12]$/m);
    expect(treeOf(directory)).toEqual(before);
  });

  it.each(damages.filter((_, index) => index % 4 === 0))(
    '%s is reported by --check, which exits with 1',
    async (_, damage, message) => {
      const directory = copyOfUsed();
      damage(directory);
      const before = treeOf(directory);
      const { code, stdout } = await run(directory, '--check');
      expect([code, stdout]).toEqual([1, expect.stringMatching(message)]);
      expect(treeOf(directory)).toEqual(before);
    },
  );

  it.skipIf(process.getuid?.() !== 0)(
    'a file that this account may not read is named (only root can become another user)',
    async () => {
      const directory = copyOfUsed();
      const other = 65534;
      for (const name of ['', ...readdirSync(directory, { recursive: true }).map(String)]) {
        chownSync(join(directory, name), other, other);
      }
      chmodSync(parent, 0o711);
      for (const name of ['secrets.key', 'dynamodb/CURRENT']) {
        chownSync(join(directory, name), 0, 0);
        chmodSync(join(directory, name), 0o600);
      }
      const code = `import { checkState } from ${JSON.stringify(new URL('../../lib/local/state/state-check.ts', import.meta.url).href)};
      process.setgid(${other}); process.setuid(${other});
      console.log(JSON.stringify(await checkState(${JSON.stringify(directory)})));`;
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
      expect(JSON.parse(stdout)).toMatchObject({
        kind: 'damaged',
        faults: [
          { part: 'secrets', text: expect.stringMatching(/secrets\.key cannot be read: EACCES: permission denied/) },
          {
            part: 'database',
            text: expect.stringMatching(/dynamodb\/CURRENT cannot be read: EACCES: permission denied/),
          },
        ],
      });
    },
  );

  it('a newer version is refused', async () => {
    const directory = copyOfUsed();
    const marker = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8'));
    writeFileSync(join(directory, 'state.json'), JSON.stringify({ ...marker, version: 2, more: true }));
    const before = treeOf(directory);
    await expect(startService({ stateDirectory: directory })).rejects.toThrow(
      /state\.json says version 2, and this service knows version 1/,
    );
    expect(treeOf(directory)).toEqual(before);
  });
});

describe('a state directory', () => {
  it('that is intact is reported by --check, which changes nothing and exits with 0', async () => {
    const directory = copyOfUsed();
    const before = treeOf(directory);
    const { code, stdout } = await run(directory, '--check');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/is intact\.\n {2}version 1, made .*, started 2 times\n/),
    ]);
    expect(stdout).toMatch(/\d+ secrets; \d+ tables with \d+ entries, all of them read\n {2}copies .*: \d+ of 20/);
    expect(treeOf(directory)).toEqual(before);
  });

  it('from a version without a marker is migrated with everything in it', async () => {
    const directory = copyOfUsed();
    for (const name of ['state.json', 'copies']) rmSync(join(directory, name), { recursive: true });
    expect((await run(directory, '--check')).stdout).toContain('the next start upgrades it');
    const service = await start(directory);
    expect(service.newAdminPassword).toBeUndefined();
    expect((await adminClient(service).call('GET', '/api/connections')).body).toHaveLength(1);
    expect(JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8'))).toMatchObject({ version: 1, ready: true });
  });

  it('that is new is created, even if its first start was interrupted', async () => {
    const directory = join(parent, 'new');
    expect(await run(directory, '--check')).toMatchObject({ code: 0, stdout: expect.stringContaining('no state') });
    // the state after a kill in the middle of a first start
    const first = await startService({ stateDirectory: directory });
    await first.stop();
    const marker = JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8'));
    writeMarker(directory, { ...marker, ready: false, key_sha256: null });
    rmSync(join(directory, 'secrets.sealed'));
    expect((await start(directory)).newAdminPassword).toMatch(/^[\w-]+$/);
  });

  it('that a service uses is closed to a second one, and to a check', async () => {
    const directory = copyOfUsed();
    const { child } = await serve(directory);
    await expect(startService({ stateDirectory: directory })).rejects.toThrow(
      `another service (process ${child.pid}) uses ${directory}`,
    );
    expect(await run(directory, '--check')).toMatchObject({ code: 1, stdout: expect.stringMatching(/stop it, then/) });
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
});

describe('returning to a copy', () => {
  const users = async (service: LocalService) =>
    ((await adminClient(service).call('GET', '/api/users')).body as { username: string }[]).map(
      (user) => user.username,
    );

  it.each([
    ['the secrets', remove('secrets.key'), undefined],
    ['the database', remove('dynamodb/CURRENT'), expect.any(Number)],
    ['the marker and the database', remove('dynamodb', 'state.json'), expect.any(Number)],
  ] as const)('restores what was lost with %s, and sets the rest aside', async (_, damage, records) => {
    const directory = copyOfUsed();
    const [newest] = copiesIn(directory);
    damage(directory);
    await expect(startService({ stateDirectory: directory })).rejects.toThrow('damaged');
    const went = await goBack(directory, newest?.number ?? 0, knownStack());
    expect(went.records).toEqual(records);
    expect(readdirSync(went.setAside).length).toBeGreaterThan(0);
    const service = await start(directory);
    expect(service.newAdminPassword).toBeUndefined();
    expect(await users(service)).toContain('kim');
    const kim = await ApiClient.logIn(service.url, 'kim', 'a-long-password');
    const [connection] = (await kim.call('GET', '/api/connections')).body as { id: string; name: string }[];
    expect(connection?.name).toBe('shop');
    expect(service.secrets.get(service.secretNames.connection(String(connection?.id)))).toContain('"password":"p"');
  });

  it('lists the copies if none has that number, and changes nothing', async () => {
    const directory = copyOfUsed();
    const before = treeOf(directory);
    const { code, stderr } = await run(directory, '--go-back', '99');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/there is no copy 99 in .*\(there are .*1 of 20/)]);
    expect(treeOf(directory)).toEqual(before);
  });

  it('keeps ten copies, and makes one only if something has changed', async () => {
    const directory = copyOfUsed();
    const before = copiesIn(directory).map(({ number }) => number);
    await (await startService({ stateDirectory: directory })).stop();
    expect(copiesIn(directory).map(({ number }) => number)).toEqual(before);
    const { secrets, stop } = await startService({ stateDirectory: directory });
    secrets.set('app/one more', 'x');
    await stop();
    expect(copiesIn(directory).map(({ number }) => number)).toEqual([(before[0] ?? 0) + 1, ...before]);
  });
});
