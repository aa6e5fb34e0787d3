/** Another user of the machine finds no secret in any file, process, port or socket of the service. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { secretNames } from '../../lib/connections/secret-names.ts';
import { SecretsFile } from '../../lib/local/aws/secrets-service.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import { STAGE } from '../../lib/local/stack/stage.ts';
import { readServiceFile } from '../../lib/local/state/service-file.ts';
import { expected, fixtureBytes, startHarness } from '../support/harness.ts';
import { serve } from '../support/serve.ts';
import { startServer } from '../support/servers.ts';
import type { Found, Search } from '../support/trouble/second-user.ts';
import { until } from '../support/until.ts';

const CANARY = 'a-secret-that-lies-open-7391';
const isRoot = process.getuid?.() === 0;

it.skipIf(!isRoot)(
  'finds no secret while a restore runs, after the demo (only root can become another user)',
  async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    const harness = await startHarness(server);
    const { stateDirectory, backups, service } = harness;
    await harness.restore(backups[1]);
    await service.stop();
    const { child, url, api } = await serve(stateDirectory, ['bin/local.ts']);
    const holder = await openSession(server, 'shop');
    onTestFinished(async () => {
      await holder.end();
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      harness.remove();
      await server.stop();
    });
    await holder.rows('BEGIN');
    await holder.rows('SELECT * FROM sales.customers LIMIT 1');
    const held = await api.startRestore(backups[1].id);
    const tools = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'jagad-restore %'";
    await until(async () => (await harness.sql(undefined, tools)).length > 0);

    const processes = treeOf(Number(child.pid));
    const inodes = new Set(processes.flatMap(socketsOf));
    const ports = listeningPorts().flatMap(({ inode, port }) => (inodes.has(inode) ? [port] : []));
    const canary = mkdtempSync(join(tmpdir(), 'jagad-canary-'));
    onTestFinished(() => rmSync(canary, { recursive: true }));
    writeFileSync(join(canary, 'file'), CANARY);
    chmodSync(canary, 0o755);
    const secrets = new SecretsFile(stateDirectory);
    const names = secretNames(`jagad-restore/${STAGE}`);
    const running = readServiceFile(stateDirectory);
    const planted = [
      server.password,
      expected.encryption_key,
      api.token,
      String(service.newAdminPassword),
      ...Object.values(running?.credentials ?? {}),
      ...['1', '2'].map((last) =>
        field(secrets.get(names.connection(`d3a0c6a4-7c1e-4b52-9f06-00000000000${last}`)), 'password'),
      ),
      field(secrets.get(names.storageProvider(service.bucket.provider.id)), 'secret_key'),
      readFileSync(join(stateDirectory, 'secrets.key'), 'latin1'),
      // of a backup that is not encrypted: it holds the database
      fixtureBytes(backups[1].storage_path).subarray(100, 132).toString('latin1'),
    ];
    expect(planted.filter((secret) => secret.length < 12)).toEqual([]);

    const found = await asSecondUser({
      uid: unusedUid(),
      ports,
      sockets: unixSockets(processes, inodes),
      directories: [stateDirectory, ...ofJagad('/tmp'), ...ofJagad('/dev/shm'), ...ofJagad(tmpdir())],
      secrets: [...planted, CANARY],
      login: { port: server.port, user: server.username, password: server.password },
    });
    expect(new Set(found.secrets)).toEqual(new Set([`${join(canary, 'file')}: ${CANARY}`])); // it searches, and can read
    expect(found.canLogIn).toBe(true);
    expect(found.processesRead).toBeGreaterThanOrEqual(processes.length);

    const front = Number(new URL(url).port);
    expect(ports).toContain(front);
    const answersOf = (port: number, isForeign: boolean) =>
      found.answers
        .filter((answer) => answer.startsWith(`${port} `) && answer.includes('of a foreign host') === isForeign)
        .map((answer) => answer.split(' ').at(-1));
    const spoken = ports.filter((port) => !answersOf(port, false).includes('HTTP'));
    expect(spoken).toHaveLength(6); // the front, S3, DynamoDB, Secrets Manager, Step Functions, EventBridge
    expect(ports.length - spoken.length).toBeGreaterThanOrEqual(2); // the demo's servers
    for (const port of spoken) {
      expect([port, new Set(answersOf(port, true))]).toEqual([port, new Set(['421'])]);
      if (port !== front) expect([port, new Set(answersOf(port, false))]).toEqual([port, new Set(['403'])]);
    }
    expect(found.answers).toContain(`${front} the API 401`);
    expect(found.answers.filter((answer) => answer.includes('without a password'))).toEqual([]);

    await holder.rows('COMMIT');
    expect(await api.follow(held.id)).toMatchObject({ status: 'success' });
    const readable = readdirSync(stateDirectory, { recursive: true })
      .map(String)
      .filter((name) => !name.startsWith('cdk.out')) // code alone, with the modes that it has in the checkout
      .filter((name) => ((attempt(() => statSync(join(stateDirectory, name)))?.mode ?? 0) & 0o077) !== 0);
    expect([statSync(stateDirectory).mode & 0o777, readable]).toEqual([0o700, []]);
  },
);

async function asSecondUser(search: Search): Promise<Found> {
  const child = fork('test/support/trouble/second-user.ts', { env: { PATH: process.env.PATH } });
  child.send(search);
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`the second user ended with ${code}`);
  });
  exited.catch(() => {});
  const [found] = (await Promise.race([once(child, 'message'), exited])) as [Found];
  return found;
}

/** One that no account and no process has. */
function unusedUid(): number {
  const used = new Set(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => Number(line.split(':')[2])),
  );
  for (let uid = 54_321; ; uid++) if (!used.has(uid)) return uid;
}

/** A process and all below it. */
function treeOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const status = attempt(() => readFileSync(`/proc/${name}/status`, 'utf8'));
      return [Number(name), Number(/^PPid:\s+(\d+)/m.exec(status ?? '')?.[1])] as const;
    });
  const below = (one: number): number[] => [
    one,
    ...parents.flatMap(([child, parent]) => (parent === one ? below(child) : [])),
  ];
  return below(pid);
}

/** The inodes of a process's sockets. */
function socketsOf(pid: number): string[] {
  const fds = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  const links = fds.map((fd) => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? '');
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}

function listeningPorts(): { port: number; inode: string }[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    (attempt(() => readFileSync(file, 'utf8')) ?? '')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === '0A') // LISTEN
      .map((columns) => ({
        port: Number.parseInt(String(columns[1]?.split(':').at(-1)), 16),
        inode: String(columns[9]),
      })),
  );
}

/** By paths that may be relative to where one of the processes works. */
function unixSockets(processes: number[], inodes: Set<string>): string[] {
  const names = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, , , , , , inode = '', name]) => (inodes.has(inode) && name !== undefined ? [name] : []));
  const directories = processes.flatMap((pid) => attempt(() => readlinkSync(`/proc/${pid}/cwd`)) ?? []);
  return [...new Set(names.flatMap((name) => directories.map((directory) => resolve(directory, name))))];
}

/** The directories that this project's programs have made in one for temporary files. */
function ofJagad(parent: string): string[] {
  return (attempt(() => readdirSync(parent)) ?? [])
    .filter((name) => name.startsWith('jagad'))
    .map((name) => join(parent, name));
}

function field(json: string | undefined, name: string): string {
  return String(JSON.parse(json ?? '{}')[name]);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
