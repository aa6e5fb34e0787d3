/**
 * The built images do what their sources do: the service runs each task in a container, as Fargate would: the smallest
 * size, a read-only root, an unprivileged user. Needs a Docker engine.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DB_TYPES } from '../../lib/databases/names.ts';
import { bundlePrograms, IMAGE_DIRECTORY } from '../../lib/infra/workflows/image-bundle.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import type { TaskCommand } from '../../lib/local/executions/task-runner.ts';
import { expected, startHarness } from '../support/harness.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const IMAGE = `jagad-restore-test:${process.pid}`;
const PHYSICAL_IMAGE = `jagad-restore-physical-test:${process.pid}`;
const MAX_IMAGE_BYTES = 450_000_000;
/** What a container gets from the image, not from its task. */
const OF_THE_MACHINE = ['PATH', 'HOME'];

async function docker(...args: string[]): Promise<string> {
  return (await promisify(execFile)('docker', args)).stdout;
}
const engine = await docker('info').catch(() => undefined);

/** @param more what is different from Fargate's smallest task. */
function inContainer(...more: string[]): TaskCommand {
  return ({ args, environment }) => {
    const { PATH = '', ...env } = environment;
    const names = Object.keys(env).filter((name) => !OF_THE_MACHINE.includes(name));
    const limits = ['--memory=512m', '--memory-swap=512m', '--read-only', '--init', '--network=host'];
    return {
      command: 'docker',
      // only names: values would be visible in the process list
      args: ['run', '--rm', ...limits, ...more, ...names.flatMap((name) => ['--env', name]), IMAGE, ...args],
      env: { ...env, PATH, ...(process.env.DOCKER_HOST ? { DOCKER_HOST: process.env.DOCKER_HOST } : {}) },
    };
  };
}

function wasBuilt(): never {
  throw new Error('the image was built');
}

async function inspect(image: string): Promise<{ Id: string; Size: number; Config: { User: string } }> {
  return JSON.parse(await docker('image', 'inspect', image))[0];
}

beforeAll(async () => {
  if (engine === undefined) return;
  bundlePrograms();
  await docker('build', '--network=host', '--tag', IMAGE, IMAGE_DIRECTORY);
  await docker('build', '--network=host', '--target=physical', '--tag', PHYSICAL_IMAGE, IMAGE_DIRECTORY);
});
afterAll(async () => {
  if (engine !== undefined) await docker('image', 'rm', IMAGE, PHYSICAL_IMAGE);
});
beforeEach((context) => {
  if (engine === undefined) context.skip('no Docker engine answers: the built image is not tested');
});

describe('the restore image', () => {
  it('is small, and its programs run as an unprivileged user', async () => {
    const { Size, Config } = await inspect(IMAGE);
    expect(Size).toBeLessThan(MAX_IMAGE_BYTES);
    expect(Config.User).toBe('node');
  });

  it('is the target restore by default', async () => {
    const id = await docker('build', '--network=host', '--target=restore', '--quiet', IMAGE_DIRECTORY);
    expect(id.trim()).toBe((await inspect(IMAGE)).Id);
  });

  it.each([
    ['restore', 'POSTGRES_MAJORS=15;17', 'POSTGRES_MAJORS=15;17: write majors of PostgreSQL'],
    ['physical', 'MARIADB_SERIES=10.11', 'MARIADB_SERIES=10.11: Debian has 11.8 alone'],
    ['physical', 'MYSQL_SERIES=8.4', 'MYSQL_SERIES=8.4: Debian has no MySQL'],
  ])('for %s is not built with %s', async (target, argument, message) => {
    const build = docker('build', '--network=host', `--target=${target}`, `--build-arg=${argument}`, IMAGE_DIRECTORY);
    // which of the two contains it depends on the builder
    const { stdout, stderr } = await build.then(wasBuilt, (error: { stdout: string; stderr: string }) => error);
    expect(stdout + stderr).toContain(message);
  });

  it.each(DB_TYPES)('restores a backup of %s', async (dbType) => {
    const server = await startServer(dbType);
    if (server === undefined) return console.log(NO_MYSQL);
    const harness = await startHarness(server, { taskCommand: inContainer() });
    try {
      for (const backup of harness.backups) {
        const restore = await harness.restore(backup);
        expect(restore).toMatchObject({ status: 'success', error: null });
        if (dbType === 'postgresql')
          expect(restore.log_output).toMatch(/^NOTE: pg_restore 17 restores into PostgreSQL/m);
        const { row } = dbType === 'postgresql' ? expected.postgresql : expected['mysql and mariadb'];
        expect(await harness.answer('shop')).toBe(row);
      }
    } finally {
      await harness.stop();
      await server.stop();
    }
  });

  it('stops midway when it is told to, and leaves no session behind', async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no server');
    const harness = await startHarness(server, { taskCommand: inContainer() });
    try {
      await harness.restore(harness.backups[1]);
      const holder = await openSession(server, 'shop');
      for (const statement of ['BEGIN', 'SELECT * FROM sales.customers LIMIT 1']) await holder.rows(statement);
      const restore = await harness.api.startRestore(harness.backups[1].id);
      const sessions = () =>
        harness.sql(undefined, "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'jagad-restore %'");
      await until(async () => (await sessions()).length > 0);
      await harness.api.call('POST', `/api/restores/${restore.id}/cancel`);
      expect(await harness.api.follow(restore.id)).toMatchObject({ status: 'cancelled' });
      expect(await sessions()).toEqual([]);
      await holder.end();
    } finally {
      await harness.stop();
      await server.stop();
    }
  });

  it('reports a full disk, with the target untouched', async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no server');
    const full = '/work:size=8k,uid=1000,gid=1000,mode=700';
    const harness = await startHarness(server, { taskCommand: inContainer('--tmpfs', full) });
    try {
      const restore = await harness.restore(harness.backups[1]);
      expect(restore).toMatchObject({ status: 'failed', error: { message: expect.stringContaining('disk') } });
      expect(await harness.sql(undefined, "SELECT 1 FROM pg_database WHERE datname = 'shop'")).toEqual([]);
    } finally {
      await harness.stop();
      await server.stop();
    }
  });
});

describe('the image for physical backups', () => {
  const shell = (script: string) =>
    docker('run', '--rm', '--read-only', '--init', '--network=host', '--entrypoint=sh', PHYSICAL_IMAGE, '-ec', script);

  it('has a server and the dump tool of each engine, and what reads backups, for an unprivileged user', async () => {
    expect((await inspect(PHYSICAL_IMAGE)).Config.User).toBe('node');
    const postgres = '/usr/lib/postgresql/17/bin';
    const programs = [`${postgres}/postgres`, `${postgres}/pg_dump`, 'pgbackrest', 'mariadbd', 'mariadb-backup'];
    const says = await shell(
      [...programs, 'mariadb-dump', 'mariadb-binlog'].map((program) => `${program} --version 2>&1`).join('\n'),
    );
    expect(says.trim().split('\n')).toEqual([
      expect.stringMatching(/^postgres \(PostgreSQL\) 17\./),
      expect.stringMatching(/^pg_dump \(PostgreSQL\) 17\./),
      expect.stringMatching(/^pgBackRest 2\./),
      ...['mariadbd', 'mariadb-backup', 'mariadb-dump', 'mariadb-binlog'].map((program) =>
        expect.stringMatching(new RegExp(`^${program} .*11\\.8\\.`)),
      ),
    ]);
    expect(
      await shell('cd /work; echo rows > t; mkdir x; mbstream --create t | mbstream --extract --directory=x; cat x/t'),
    ).toBe('rows\n');
    expect(await shell('id -un; touch /app/x || echo refused')).toBe('node\nrefused\n');
    expect(await shell('ls /etc/postgresql /var/lib/postgresql')).toBe('/etc/postgresql:\n\n/var/lib/postgresql:\n');
  });

  it('starts PostgreSQL only on a socket, with the locale of the backed-up server', async () => {
    const script = `export PATH=/usr/lib/postgresql/17/bin:$PATH
      initdb --pgdata=$WORK_DIR/data --locale=pt_BR.UTF-8 --auth=trust > $WORK_DIR/log
      pg_ctl start --wait --pgdata=$WORK_DIR/data --log=$WORK_DIR/log --options="-k $WORK_DIR -c listen_addresses=" > $WORK_DIR/log
      psql --host=/work --dbname=postgres --no-align --tuples-only --command='SELECT datcollate FROM pg_database LIMIT 1'
      pg_ctl stop --pgdata=$WORK_DIR/data > $WORK_DIR/log`;
    expect(await shell(script)).toBe('pt_BR.UTF-8\n');
  });
});
