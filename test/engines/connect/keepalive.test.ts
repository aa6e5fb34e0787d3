/** A session that waits for a long statement checks that the server is alive, so that it notices a lost network. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectMysql } from '../../../lib/engines/mysql/session/session.ts';
import { postgresCommand } from '../../../lib/engines/postgres/load/commands.ts';
import { connectPostgres } from '../../../lib/engines/postgres/session/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { aConnection } from '../../support/records.ts';
import { startServer } from '../../support/servers.ts';

let postgres: RunningServer;
let mariadb: RunningServer;
beforeAll(async () => {
  [postgres, mariadb] = (await Promise.all([startServer('postgresql'), startServer('mariadb')])) as [
    RunningServer,
    RunningServer,
  ];
});
afterAll(() => Promise.all([postgres?.stop(), mariadb?.stop()]));

/** The kernel's timer of a socket with keepalive probes (proc(5), /proc/net/tcp: `tr` is 02). */
const KEEPALIVE_TIMER = 2;
const JIFFIES_PER_SECOND = 100;

/**
 * In how many seconds each connection to a local port will send a keepalive probe; Infinity for one that never will.
 */
function signsOfLife(port: number): number[] {
  const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const [, , remote = '', state, , timer = ''] = line.trim().split(/\s+/);
    if (Number.parseInt(remote.split(':')[1] ?? '', 16) !== port || state !== '01') return [];
    const [kind = '', jiffies = ''] = timer.split(':');
    const isKeepalive = Number.parseInt(kind, 16) === KEEPALIVE_TIMER;
    return [isKeepalive ? Number.parseInt(jiffies, 16) / JIFFIES_PER_SECOND : Number.POSITIVE_INFINITY];
  });
}

const accessTo = ({ host, port, username, password }: RunningServer, db_type: 'postgresql' | 'mariadb') => ({
  connection: aConnection({ db_type, host, port, username, ssl_mode: 'prefer' }),
  password,
});
/** Of all connections to a port; within the promised minute. A socket whose last bytes aren't acknowledged yet has another timer. */
const expectAsked = (port: number) =>
  vi.waitFor(
    () => {
      const seconds = signsOfLife(port);
      expect(seconds.length).toBeGreaterThan(0);
      for (const one of seconds) expect(one).toBeLessThanOrEqual(60);
    },
    { timeout: 5000 },
  );

describe('a session checks within a minute whether the server is alive', () => {
  it('on PostgreSQL', async () => {
    const client = await connectPostgres(accessTo(postgres, 'postgresql'), 'postgres');
    onTestFinished(() => client.end());
    await expectAsked(postgres.port);
  });

  it('on MariaDB', async () => {
    const { client } = await connectMysql(accessTo(mariadb, 'mariadb'));
    onTestFinished(() => client.end());
    await expectAsked(mariadb.port);
  });

  it('with PostgreSQL’s own tools', async () => {
    const access = accessTo(postgres, 'postgresql');
    const files = { passFile: '/dev/null', caFile: '', home: '/' };
    const run = { role: undefined, files, session: 'keepalive', path: process.env.PATH ?? '', endsIdle: false };
    const { args } = postgresCommand(
      undefined,
      { ...access, database: 'postgres', restoreId: '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01' },
      run,
    );
    const where = args.filter((arg) => /^--(host|port|username|dbname)=/.test(arg));
    const psql = spawn('psql', ['-X', '-c', 'SELECT pg_sleep(60)', ...where], {
      env: { PATH: process.env.PATH, PGPASSWORD: access.password },
      stdio: 'ignore',
    });
    onTestFinished(async () => {
      psql.kill('SIGKILL');
      if (psql.exitCode === null && psql.signalCode === null) await once(psql, 'exit');
    });
    await expectAsked(postgres.port);
  });
});
