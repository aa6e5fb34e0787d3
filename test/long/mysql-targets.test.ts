/** Random dumps into random targets of MySQL and MariaDB: whatever fails has failed before the first write. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { openSession } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { emptyDatabase, loadWithEngine, withDump } from '../support/mysql-load.ts';
import { mysqlState } from '../support/mysql-state.ts';
import { randomMysqlTarget } from '../support/random/mysql-targets.ts';
import { failsUntouched, tries } from '../support/random/targets.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { campaign } from './campaign.ts';

const BINARY_LOG = ['--log-bin=binlog', '--server-id=1'];
/** What can't be set while a server runs. */
const NARROW = {
  mariadb: [...BINARY_LOG, '--lower-case-table-names=1'],
  mysql: [...BINARY_LOG, '--lower-case-table-names=1', '--disabled-storage-engines=MyISAM,ARCHIVE'],
};

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  let source: RunningServer | undefined;
  let narrow: RunningServer | undefined;
  beforeAll(async () => {
    source = await startServer(dbType, BINARY_LOG);
    narrow = await startServer(dbType, NARROW[dbType]);
    for (const server of [source, narrow]) if (server !== undefined) await accounts(server);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([source?.stop(), narrow?.stop()]);
  });
  beforeEach((context) => {
    if (source === undefined) context.skip(NO_MYSQL);
  });

  it('whatever fails has failed before the first write', async () => {
    await campaign(`random targets of ${dbType}`, 0.05, async (seed) => {
      if (source === undefined || narrow === undefined) return;
      const random = randomMysqlTarget(dbType, seed);
      const server = seed % 3 === 0 ? narrow : source;
      await emptyDatabase(source, 'source');
      for (const name of ['elsewhere', 'target']) await emptyDatabase(server, name);
      const trust = (value: string) => `SET GLOBAL log_bin_trust_function_creators = ${value}`;
      await inOneSession(source, 'source', [trust('ON'), ...random.source, trust('OFF')]);
      // views of what is missing can't be dumped
      const dump = await withDump(source, 'source', (made) => buffer(made)).catch(() => undefined);
      if (dump === undefined) return;
      await inOneSession(server, 'target', random.target);
      await tries(server, undefined, [
        "DROP USER IF EXISTS 'restorer'@'%'",
        "CREATE USER 'restorer'@'%' IDENTIFIED BY 'restorer'",
      ]);
      await tries(server, undefined, random.rights);
      const user = random.asSuperuser ? {} : { username: 'restorer', password: 'restorer' };
      await failsUntouched({
        state: () => mysqlState(server, 'target'),
        around: () => tries(server, undefined, random.around),
        load: () => loadWithEngine({ ...server, ...user }, 'target', Readable.from([dump]) as AsyncIterable<Buffer>),
        after: () => tries(server, undefined, random.after),
      });
    });
  }, 7_200_000);
});

async function accounts(server: RunningServer): Promise<void> {
  await runSql(server, undefined, ["CREATE USER 'app'@'%'", "CREATE USER 'system'@'%'"]);
  // of MySQL
  await tries(server, undefined, ["GRANT SYSTEM_USER ON *.* TO 'system'@'%'"]);
}

/** As some of them set variables. */
async function inOneSession(server: RunningServer, database: string, statements: readonly string[]): Promise<void> {
  const session = await openSession(server, database);
  for (const one of statements) await session.rows(one).catch(() => {});
  await session.end();
}
