/**
 * Random dumps into random targets of PostgreSQL: whatever fails has failed before the first write, and whatever is refused
 * would not have become what was dumped.
 */
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, it, vi } from 'vitest';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { loadIntoPostgres } from '../support/postgres-load.ts';
import { randomPostgresTarget } from '../support/random/postgres-targets.ts';
import { tries } from '../support/random/targets.ts';
import { startServer } from '../support/servers.ts';
import { campaign } from './campaign.ts';

/** While it is on, what the rules refuse is loaded nevertheless. */
const forced = vi.hoisted(() => ({ on: false }));
vi.mock('../../lib/engines/preflight/findings.ts', async (original) => {
  const real = await original<typeof import('../../lib/engines/preflight/findings.ts')>();
  const refuseObstacles: typeof real.refuseObstacles = (findings) => {
    if (!forced.on) real.refuseObstacles(findings);
  };
  return { ...real, refuseObstacles };
});
vi.mock('../../lib/engines/postgres/load/obstacles.ts', async (original) => {
  const real = await original<typeof import('../../lib/engines/postgres/load/obstacles.ts')>();
  const refuseBlockers: typeof real.refuseBlockers = (...all) =>
    real.refuseBlockers(...all).catch((error: unknown) => {
      if (!forced.on) throw error;
    });
  return { ...real, refuseBlockers };
});

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
const state = async (database = 'target', more: string[] = []) =>
  (await text(openDump(server, database, ['--format=plain', ...more]))).replace(/^\\(un)?restrict .*$/gm, '');

/** Each object and its rows as pg_dump writes them, without what depends on who restores. */
async function objects(database: string): Promise<string[]> {
  const dumped = await state(database, ['--no-owner', '--no-privileges']);
  return dumped
    .replace(/^(SET|DROP|SELECT pg_catalog\.set) ?.*$/gm, '')
    .replace(/^--\n-- PostgreSQL database dump complete$[\s\S]*/m, '')
    .split(/^--\n-- (?:Data for )?Name: /m)
    .slice(1)
    .map((one) => one.replace(/; Owner: .*/, '').trim());
}

it.each([
  ['archives', []],
  ['plain SQL', ['--format=plain']],
])(
  '%s: what fails has failed before the first write, and had to',
  async (form, options) => {
    const knowsContents = options.length > 0;
    await campaign(`random targets of PostgreSQL, ${form}`, 0.05, async (seed) => {
      const { source, target, around, after, asSuperuser } = randomPostgresTarget(seed);
      for (const name of ['source', 'target']) await drop(name);
      await runSql(server, undefined, ['CREATE DATABASE source', 'CREATE DATABASE target OWNER restorer']);
      await tries(server, 'source', source);
      await tries(server, 'target', target);
      const dump = await buffer(openDump(server, 'source', [...options]));
      const before = await state();
      await tries(server, undefined, around);
      const user = asSuperuser ? {} : { username: 'restorer', password: 'restorer' };
      const load = () =>
        loadIntoPostgres({ ...server, ...user }, 'target', dump, () => {}, false, { knowsContents }).then(
          () => undefined,
          (error: Error) => error,
        );
      try {
        const failure = await load();
        if (failure === undefined) return;
        if ((await state()) !== before) throw failure;
        forced.on = true;
        if ((await load()) !== undefined) return;
        const restored = new Set(await objects('target'));
        if ((await objects('source')).every((one) => restored.has(one))) {
          throw new Error(`it was refused, and restores: ${failure.message}`);
        }
      } finally {
        forced.on = false;
        await tries(server, undefined, after);
      }
    });
  },
  7_200_000,
);
