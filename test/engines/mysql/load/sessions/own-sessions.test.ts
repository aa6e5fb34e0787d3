/** Sessions of a load that it ends itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnMysqlSessions } from '../../../../../lib/engines/mysql/load/sessions/own-sessions.ts';
import { openSession } from '../../../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../../../lib/local/servers/throwaway.ts';
import { aConnection } from '../../../../support/records.ts';
import { startServer } from '../../../../support/servers.ts';

/** Far less than the query takes. */
const AT_ONCE_MS = 5000;

describe('a session of a load', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = (await startServer('mariadb')) as RunningServer;
    const root = await openSession(server);
    await root.rows('CREATE DATABASE shop');
    await root.end();
  });
  afterAll(() => server?.stop());

  it('ends once the load is stopped, with an error for what it waited for', async () => {
    const { dbType: db_type, host, port, username, password } = server;
    const connection = aConnection({ db_type, host, port, username, ssl_mode: 'disable' });
    const stop = new AbortController();
    const sessions = new OwnMysqlSessions(crypto.randomUUID(), true);
    const target = { connection, password, database: 'shop', restoreId: crypto.randomUUID() };
    const client = await sessions.openForText(target, sessions.keyIds, stop.signal);
    const waiting = client.query('SELECT SLEEP(60)').catch(({ message }: Error) => message);
    setTimeout(() => stop.abort(), 200);
    const late = new Promise((resolve) => setTimeout(resolve, AT_ONCE_MS, 'no answer').unref());
    expect(await Promise.race([waiting, late])).toMatch(/closed|lost/i);
  });
});
