/**
 * Each finding on real servers: it refuses the restore while the target is untouched; the statement that it names
 * removes it.
 */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FINDINGS, type FindingId } from '../../../lib/engines/preflight/findings.ts';
import { openSession } from '../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { dumpOfStatements, emptyDatabase, loadWithEngine } from '../../support/mysql-load.ts';
import { NO_MYSQL, startServer } from '../../support/servers.ts';

const chunks = (dump: Buffer) => Readable.from([dump]) as AsyncIterable<Buffer>;

/** A table that the dump replaces: it must be unchanged after a refusal. */
const LIVE = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (41)'];
const FIRST = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (1), (2)'];

interface Case {
  name: string;
  id: FindingId;
  on: ('mariadb' | 'mysql')[];
  /** What the dump contains besides a_first. */
  dump: string[];
  /** What is done in the target before. */
  target?: string[];
  /** Global settings of the target. */
  settings?: Record<string, string>;
  message: RegExp;
}

const CASES: Case[] = [
  {
    name: 'a table without a primary key',
    id: 'mysql-require-primary-key',
    on: ['mysql'],
    dump: ['CREATE TABLE keyless (id int, UNIQUE KEY u (id))', 'INSERT INTO keyless VALUES (1)'],
    settings: { sql_require_primary_key: 'ON' },
    message: /\(sql_require_primary_key\), but the dump has none on keyless$/,
  },
  {
    name: 'a table without a primary key',
    id: 'mariadb-force-primary-key',
    on: ['mariadb'],
    dump: [
      'CREATE TABLE keyless (id int, UNIQUE KEY u (id))',
      // InnoDB takes this one's key for the primary one
      'CREATE TABLE promoted (id int NOT NULL, UNIQUE KEY u (id))',
      'CREATE TABLE ofmyisam (id int) ENGINE=MyISAM',
    ],
    settings: { innodb_force_primary_key: 'ON' },
    message: /\(innodb_force_primary_key\), but the dump has none on keyless$/,
  },
  {
    name: 'a foreign key to a column without a unique key',
    id: 'mysql-foreign-key-parent',
    on: ['mysql'],
    dump: [
      'SET SESSION restrict_fk_on_non_standard_key = OFF',
      'CREATE TABLE product (id int PRIMARY KEY, code int, KEY by_code (code))',
      'CREATE TABLE action (id int PRIMARY KEY, code int, CONSTRAINT action_product FOREIGN KEY (code) REFERENCES product (code))',
    ],
    settings: { restrict_fk_on_non_standard_key: 'ON' },
    message: /\(restrict_fk_on_non_standard_key\).*: action_product of table action \(to product\)$/,
  },
  {
    name: 'a statement that is too long',
    id: 'mysql-packet',
    on: ['mariadb', 'mysql'],
    dump: [
      'CREATE TABLE wide (id int PRIMARY KEY, body longtext)',
      "INSERT INTO wide VALUES (1, REPEAT('x', 3000000))",
    ],
    settings: { max_allowed_packet: '1048576' },
    message: /^the statement on line \d+ of the dump has 30000\d\d bytes, but the server accepts at most 1048576 /,
  },
  {
    name: 'a view where the dump has a table',
    id: 'mysql-name-taken',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE taken (id int PRIMARY KEY)'],
    target: ['CREATE VIEW taken AS SELECT 1 AS id'],
    message: /^view taken of database parts has the name of a table in the dump$/,
  },
  {
    name: 'a table where the dump has a view',
    id: 'mysql-name-taken',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE VIEW taken AS SELECT id FROM a_first'],
    target: ['CREATE TABLE taken (id int PRIMARY KEY)'],
    message: /^table taken of database parts has the name of a view in the dump$/,
  },
  {
    name: 'a trigger of another table',
    id: 'mysql-trigger-taken',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TRIGGER tr BEFORE INSERT ON a_first FOR EACH ROW SET NEW.id = NEW.id'],
    target: [
      'CREATE TABLE other (id int PRIMARY KEY)',
      'CREATE TRIGGER tr BEFORE INSERT ON other FOR EACH ROW SET NEW.id = NEW.id',
    ],
    message: /^trigger tr of table other in database parts has the name of one in the dump$/,
  },
];

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  let server: RunningServer | undefined;
  beforeAll(async () => {
    server = await startServer(dbType);
  });
  afterAll(() => server?.stop());
  beforeEach((context) => {
    if (server === undefined) context.skip(NO_MYSQL);
  });

  const run = async (statements: string[]) => {
    const session = await openSession(server as RunningServer, 'parts');
    try {
      for (const sql of statements) await session.rows(sql);
    } finally {
      await session.end();
    }
  };
  const rowsOfFirst = async () => {
    const session = await openSession(server as RunningServer, 'parts');
    const rows = await session.rows('SELECT id FROM a_first ORDER BY id');
    await session.end();
    return rows.map(({ id }) => id);
  };

  it.each(CASES.filter(({ on }) => on.includes(dbType)))(
    '$id: $name',
    async ({ id, dump, target, settings, message }) => {
      if (server === undefined) return;
      const bytes = await dumpOfStatements(server, [...FIRST, ...dump]);
      await emptyDatabase(server, 'parts');
      await run([...LIVE, ...(target ?? [])]);
      const before = await globals(server, Object.keys(settings ?? {}));
      await run(Object.entries(settings ?? {}).map(([name, value]) => `SET GLOBAL ${name} = ${value}`));
      try {
        let isAsBefore = false;
        const refused = await loadWithEngine(server, 'parts', chunks(bytes), {
          isAsBefore: () => {
            isAsBefore = true;
          },
        }).then(
          () => undefined,
          (error: Error & { hint?: string }) => error,
        );
        expect(refused?.message).toMatch(message);
        expect(refused?.hint).toContain(FINDINGS[id].remedy);
        expect(isAsBefore).toBe(true);
        expect(await rowsOfFirst()).toEqual([41]);

        const [, statement = ''] = /Run: (.*;)$/.exec(refused?.hint ?? '') ?? [];
        expect(statement).not.toBe('');
        await run([statement.slice(0, -1)]);
        await loadWithEngine(server, 'parts', chunks(bytes));
        expect(await rowsOfFirst()).toEqual([1, 2]);
      } finally {
        await run(before.map(({ name, value }) => `SET GLOBAL ${name} = ${value}`));
      }
    },
  );

  it('reports all blockers at once', async () => {
    if (server === undefined) return;
    const bytes = await dumpOfStatements(server, [...FIRST, 'CREATE TABLE one (id int)', 'CREATE TABLE two (id int)']);
    await emptyDatabase(server, 'parts');
    await run([...LIVE, 'CREATE VIEW one AS SELECT 1 AS id', 'CREATE VIEW two AS SELECT 1 AS id']);
    await expect(loadWithEngine(server, 'parts', chunks(bytes))).rejects.toMatchObject({
      message: expect.stringMatching(/^view one of .*; view two of /),
      hint: expect.stringContaining('DROP VIEW `parts`.`one`; DROP VIEW `parts`.`two`;'),
    });
  });
});

/** As they are set, quoted if necessary. */
async function globals(server: RunningServer, names: string[]): Promise<{ name: string; value: string }[]> {
  const session = await openSession(server);
  const found: { name: string; value: string }[] = [];
  for (const name of names) {
    const [row] = await session.rows(`SELECT @@GLOBAL.${name} AS value`);
    found.push({ name, value: String(row?.value) });
  }
  await session.end();
  return found;
}
