/** Random archives into random targets of PostgreSQL: whatever fails has failed before the first write. */
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, it } from 'vitest';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { loadIntoPostgres } from '../support/postgres-load.ts';
import { randomTarget } from '../support/random/postgres-targets.ts';
import { startServer } from '../support/servers.ts';
import { campaign } from './campaign.ts';

let server: RunningServer;
beforeAll(async () => {
  server = (await startServer('postgresql')) as RunningServer;
  await runSql(server, undefined, [
    "CREATE ROLE restorer LOGIN PASSWORD 'restorer'",
    'CREATE ROLE app',
    'SET allow_in_place_tablespaces = on',
    "CREATE TABLESPACE fast LOCATION ''",
  ]);
}, 60_000);
afterAll(() => server?.stop());
const drop = (name: string) => runSql(server, undefined, [`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`]);
const tries = async (database: string | undefined, statements: readonly string[]) => {
  for (const one of statements) await runSql(server, database, [one]).catch(() => {});
};
const state = async () =>
  (await text(openDump(server, 'target', ['--format=plain']))).replace(/^\\(un)?restrict .*$/gm, '');

it('whatever fails has failed before the first write', async () => {
  await campaign('random targets of PostgreSQL', 0.1, async (seed) => {
    const { source, target, around, after, asSuperuser } = randomTarget(seed);
    for (const name of ['source', 'target']) await drop(name);
    await runSql(server, undefined, ['CREATE DATABASE source', 'CREATE DATABASE target OWNER restorer']);
    await tries('source', source);
    await tries('target', target);
    const dump = await buffer(openDump(server, 'source'));
    const before = await state();
    await tries(undefined, around);
    const user = asSuperuser ? {} : { username: 'restorer', password: 'restorer' };
    const failure = await loadIntoPostgres({ ...server, ...user }, 'target', dump).then(
      () => undefined,
      (error: Error) => error,
    );
    await tries(undefined, after);
    if (failure !== undefined && (await state()) !== before) throw failure;
  });
}, 7_200_000);
