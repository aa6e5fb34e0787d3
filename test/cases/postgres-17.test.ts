/** The cases of PostgreSQL, on 17, and those of what came with 16 and 17. */
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDump } from '../../lib/local/demo/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { onPostgres17 } from '../support/postgres-17.ts';
import { loadIntoPostgres } from '../support/postgres-load.ts';
import { startServer } from '../support/servers.ts';

await onPostgres17(async () => {
  await import('./postgres.test.ts');

  const FORMS = [
    ['archive', []],
    ['plain SQL', ['--format=plain']],
  ] satisfies [string, string[]][];
  let server: RunningServer;
  const sql = (database: string | undefined, ...statements: string[]) => runSql(server, database, statements);
  const dumpOf = async (statements: string[], options: string[] = [], database = 'CREATE DATABASE source') => {
    await sql(undefined, 'DROP DATABASE IF EXISTS source WITH (FORCE)', database);
    await sql('source', ...statements);
    return buffer(openDump(server, 'source', options));
  };

  beforeAll(async () => {
    server = (await startServer('postgresql')) as RunningServer;
    await sql(undefined, 'CREATE ROLE reader', 'CREATE ROLE app');
  });
  beforeEach(() => sql(undefined, 'DROP DATABASE IF EXISTS target WITH (FORCE)'));
  afterAll(() => server?.stop());

  describe.each(FORMS)('a dump of 17, %s', (_, options) => {
    it.each(['into nothing', 'over itself'])(
      'keeps owners and grants of groups of large objects, %s',
      async (where) => {
        const large = Array.from({ length: 6 }, (_unused, index) => 4001 + index);
        const dump = await dumpOf(
          [
            ...large.map((oid) => `SELECT lo_from_bytea(${oid}, 'large')`),
            ...large.slice(0, 4).map((oid) => `GRANT SELECT ON LARGE OBJECT ${oid} TO reader`),
            ...large.slice(4).map((oid) => `ALTER LARGE OBJECT ${oid} OWNER TO app`),
            `GRANT UPDATE ON LARGE OBJECT 4005 TO reader`,
          ],
          options,
        );
        if (where === 'over itself') await loadIntoPostgres(server, 'target', dump);
        const lines = await loadIntoPostgres(server, 'target', dump);
        const facts =
          'SELECT oid::int, lomowner::regrole, lomacl::text, lo_get(oid)::text AS bytes FROM pg_largeobject_metadata ORDER BY 1';
        expect(await sql('target', facts), lines.join('\n')).toEqual(await sql('source', facts));
      },
    );
  });
});
