/** The PostgreSQL cases on 17, and cases for features of 16 and 17. */
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';
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
  /** What pg_dump writes differently, or not at all, before 16 or 17. */
  const NEW = [
    'CREATE TABLE parts (id int GENERATED ALWAYS AS IDENTITY (START 5), a int, EXCLUDE USING btree (a WITH =)) PARTITION BY LIST (a) USING heap',
    'CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1)',
    'CREATE TABLE parts_2 PARTITION OF parts DEFAULT USING heap',
    'INSERT INTO parts (a) VALUES (1), (2)',
    'GRANT MAINTAIN, SELECT ON parts TO reader WITH GRANT OPTION',
    'ALTER DEFAULT PRIVILEGES GRANT MAINTAIN ON TABLES TO app',
    'CREATE TABLE docs (id int, j json CHECK (j IS JSON OBJECT WITH UNIQUE KEYS), big text STORAGE EXTERNAL COMPRESSION pglz)',
    'ALTER TABLE docs ALTER COLUMN id SET STATISTICS 0, ALTER COLUMN big SET STATISTICS DEFAULT',
    `CREATE VIEW listed AS SELECT t.* FROM docs, JSON_TABLE(j, '$[*]' COLUMNS (n FOR ORDINALITY, a int PATH '$.a;')) AS t`,
    `CREATE VIEW made AS SELECT JSON_OBJECT('a;': 1 ABSENT ON NULL) AS o, JSON_VALUE('{"a": 1}', '$.a' RETURNING int DEFAULT 5 ON EMPTY) AS v`,
    `CREATE FUNCTION merges() RETURNS SETOF int LANGUAGE sql BEGIN ATOMIC
       MERGE INTO docs d USING (SELECT 1 AS id) s ON d.id = s.id WHEN MATCHED THEN DELETE
       WHEN NOT MATCHED BY SOURCE THEN UPDATE SET big = ';' WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id) RETURNING d.id; END`,
    'CREATE FUNCTION greets() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$',
    'CREATE EVENT TRIGGER greeting ON login EXECUTE FUNCTION greets()',
    'ALTER EVENT TRIGGER greeting DISABLE',
    "CREATE COLLATION ruled (provider = icu, locale = 'en', rules = '&a < g')",
    "CREATE COLLATION built (provider = builtin, locale = 'C.UTF-8')",
    'CREATE STATISTICS counted (mcv) ON id, (id + 1) FROM docs',
    'CREATE SEQUENCE counts; ALTER SEQUENCE counts SET UNLOGGED',
  ];
  const schemaOf = async (database: string) =>
    (await text(openDump(server, database, ['--format=plain', '--schema-only']))).replace(/^\\(un)?restrict .*$/gm, '');
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

  describe.each(FORMS)('a dump from PostgreSQL 17, %s', (_, options) => {
    it.each(['into an empty database', 'over itself'])(
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

    it.each(['into an empty database', 'over itself'])(
      'keeps the features of PostgreSQL 16 and 17, %s',
      async (where) => {
        const dump = await dumpOf(NEW, options);
        if (where === 'over itself') await loadIntoPostgres(server, 'target', dump);
        const lines = await loadIntoPostgres(server, 'target', dump);
        expect(await schemaOf('target'), lines.join('\n')).toBe(await schemaOf('source'));
        expect(await sql('target', 'SELECT * FROM parts ORDER BY id')).toHaveLength(2);
      },
    );

    it('replaces more large objects than the server has room to lock at once', async () => {
      // plain SQL is one transaction
      if (options.length > 0) return;
      const settings = ['max_connections=10', 'max_worker_processes=1', 'autovacuum_max_workers=1'];
      const small = (await startServer(
        'postgresql',
        settings.flatMap((one) => ['-c', one]),
      )) as RunningServer;
      try {
        await runSql(small, undefined, ['CREATE DATABASE source', 'CREATE DATABASE target']);
        const made = Array.from(
          { length: 40 },
          () => "SELECT count(lo_from_bytea(0, 'x')) FROM generate_series(1, 100)",
        );
        await runSql(small, 'source', made);
        const dump = await buffer(openDump(small, 'source', options));
        for (const _again of [1, 2]) await loadIntoPostgres(small, 'target', dump);
        const count = 'SELECT count(*)::int AS n FROM pg_largeobject_metadata';
        expect(await runSql(small, 'target', [count])).toEqual([{ n: 4000 }]);
      } finally {
        await small.stop();
      }
    });

    it('loads into an older server, which has fewer settings and privileges', async () => {
      const older = await startPostgres();
      try {
        if (Number(older.version.split('.')[0]) >= 17) return;
        const dump = await dumpOf(
          [
            'CREATE TABLE t (id int PRIMARY KEY, a text)',
            "INSERT INTO t VALUES (1, 'x')",
            'GRANT SELECT ON t TO reader',
            'GRANT MAINTAIN ON t TO app',
            ...[4001, 4002].map((oid) => `SELECT lo_from_bytea(${oid}, 'large')`),
          ],
          options,
        );
        await runSql(older, undefined, ['CREATE ROLE reader', 'CREATE ROLE app']);
        for (const _again of [1, 2]) {
          const lines = await loadIntoPostgres(older, 'target', dump);
          expect(lines.join('\n')).toContain('unrecognized privilege type "maintain"');
          expect(await runSql(older, 'target', ['SELECT id, a FROM t'])).toEqual([{ id: 1, a: 'x' }]);
          const rights =
            "SELECT has_table_privilege('reader', 't', 'SELECT') AS may, (SELECT count(*)::int FROM pg_largeobject_metadata) AS large";
          expect(await runSql(older, 'target', [rights])).toEqual([{ may: true, large: 2 }]);
        }
      } finally {
        await older.stop();
      }
    });
  });

  it.each([
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8'",
    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C' LOCALE 'C'",
    "LOCALE_PROVIDER icu ICU_LOCALE 'en' ICU_RULES '&a < g' LOCALE 'C.UTF-8'",
  ])('a database that an archive creates has the locale of its source: %s', async (locale) => {
    const made = `CREATE DATABASE source TEMPLATE template0 ENCODING 'UTF8' ${locale}`;
    const dump = await dumpOf(['CREATE TABLE t (a text)'], [], made);
    const lines = await loadIntoPostgres(server, 'target', dump);
    const of = (name: string) =>
      sql(
        undefined,
        `SELECT datlocprovider, datcollate, datctype, datlocale, daticurules FROM pg_database WHERE datname = '${name}'`,
      );
    expect(await of('target'), lines.join('\n')).toEqual(await of('source'));
  });
});
