/** Sessions that an earlier restore left on a MySQL or MariaDB server. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endLeftMysqlSessions } from '../../../../../lib/engines/mysql/load/sessions/left-sessions.ts';
import { databaseTag } from '../../../../../lib/engines/mysql/load/sessions/load-user.ts';
import { loadUserName } from '../../../../../lib/engines/mysql/rules/load-user.ts';
import { markedSql, markSql } from '../../../../../lib/engines/mysql/rules/session-mark.ts';
import { connectMysql } from '../../../../../lib/engines/mysql/session/session.ts';
import { openSession, type Session } from '../../../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../../../lib/local/servers/throwaway.ts';
import { dumpOfStatements, loadWithEngine } from '../../../../support/mysql-load.ts';
import { aConnection } from '../../../../support/records.ts';
import { NO_MYSQL, startServer } from '../../../../support/servers.ts';
import { until } from '../../../../support/until.ts';

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  let server: RunningServer | undefined;
  let root: Session;
  const opened: Session[] = [];

  beforeAll(async () => {
    server = await startServer(dbType);
    if (server === undefined) return;
    root = await openSession(server);
    await root.rows('CREATE DATABASE shop');
  });
  beforeEach((context) => {
    if (server === undefined) context.skip(NO_MYSQL);
  });
  afterEach(async () => {
    for (const session of opened.splice(0)) await session.end().catch(() => {});
  });
  afterAll(async () => {
    await root?.end();
    await server?.stop();
  });

  const open = async (as: Partial<RunningServer> = {}) => {
    const session = await openSession({ ...(server as RunningServer), ...as }, 'shop');
    opened.push(session);
    const [row] = await session.rows('SELECT CONNECTION_ID() AS id');
    return { session, id: Number(row?.id) };
  };
  const lives = async (id: number) =>
    (await root.rows(`SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ${id}`)).length > 0;

  /** @param ended the restores that are known to have */
  async function endLeft(ended: string[], withinMs?: number): Promise<string[]> {
    const { host, port, username, password } = server as RunningServer;
    const connection = aConnection({ db_type: dbType, host, port, username, ssl_mode: 'prefer' });
    const target = {
      ...{ connection, password, database: 'shop', restoreId: crypto.randomUUID() },
      endedRestores: async () => ended,
    };
    const { client } = await connectMysql(target);
    const told: string[] = [];
    try {
      await endLeftMysqlSessions(client, target, { log: (line) => told.push(line) }, withinMs);
    } finally {
      client.destroy();
    }
    return told;
  }

  it('ends sessions that are marked for a restore that has ended, and no others', async () => {
    const [over, other] = [crypto.randomUUID(), crypto.randomUUID()];
    const marked = await open();
    await marked.session.rows(markSql(over, 3));
    const ofOther = await open();
    await ofOther.session.rows(markSql(other, 3));
    const plain = await open();
    const told = await endLeft([crypto.randomUUID(), over]);
    expect(told).toEqual([expect.stringContaining(`${marked.id} of restore ${over}`)]);
    expect(await Promise.all([marked, ofOther, plain].map(({ id }) => lives(id)))).toEqual([false, true, true]);
    expect(await endLeft([over])).toEqual([]);
  });

  it('ends those of a temporary user, and names those of a user whose restore may still run', async () => {
    const over = crypto.randomUUID();
    const username = loadUserName(databaseTag('shop'), over);
    await root.rows(`CREATE USER '${username}'@'%' IDENTIFIED BY 'Secret-1'`);
    await root.rows(`GRANT SELECT ON shop.* TO '${username}'@'%'`);
    const left = await open({ username, password: 'Secret-1' });
    const refused = endLeft([], 600);
    await expect(refused).rejects.toThrow(
      `sessions from an earlier restore are still active in database shop: ${left.id} of the user ${username}`,
    );
    await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining(`KILL ${left.id};`) });
    expect(await lives(left.id)).toBe(true);
    expect(await endLeft([over])).toEqual([expect.stringContaining(`${left.id} of restore ${over}`)]);
    expect(await lives(left.id)).toBe(false);
    await root.rows(`DROP USER '${username}'@'%'`);
  });

  it('marks every session of a load', async () => {
    const restoreId = crypto.randomUUID();
    let marked: number[] = [];
    let sessions: number[] = [];
    const rows = Array.from({ length: 2000 }, (_, n) => `(${n}, REPEAT('x', 500))`).join(', ');
    const whole = await dumpOfStatements(server as RunningServer, [
      'CREATE TABLE t (a int PRIMARY KEY, b varchar(600), KEY k (b))',
      `INSERT INTO t VALUES ${rows}`,
      'CREATE TABLE u (a int)',
    ]);
    async function* dump(): AsyncGenerator<Buffer> {
      yield whole.subarray(0, -600);
      await until(async () => {
        const [row = {}] = await root.rows(markedSql(restoreId));
        marked = Object.values(row).flatMap((id) => (id === null ? [] : [Number(id)]));
        const there = await root.rows("SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = 'shop'");
        sessions = there.map(({ id }) => Number(id));
        return marked.length >= 4;
      }, 20_000);
      yield whole.subarray(-600);
    }
    await loadWithEngine(server as RunningServer, 'shop', dump(), { restoreId, sessions: 3 });
    // the session that shows others that the load's user is in use is found by its name
    expect(sessions.filter((id) => !marked.includes(id)).length).toBeLessThanOrEqual(1);
    expect(await root.rows(markedSql(restoreId))).toEqual([expect.not.objectContaining({ m0: expect.anything() })]);
  });
});
