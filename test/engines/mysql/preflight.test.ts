/** Each finding on real servers: it refuses the restore while the target is untouched; what it says to run removes it. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FINDINGS, type FindingId } from '../../../lib/engines/preflight/findings.ts';
import { openSession } from '../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { dumpOfStatements, emptyDatabase, loadWithEngine } from '../../support/mysql-load.ts';
import { NO_MYSQL, startServer } from '../../support/servers.ts';
import { contentsOf } from './dump-support.ts';

/** A dump that comes slower than this is not read ahead any further. */
const SLOW_MS = 2500;

const chunks = (dump: Buffer) => Readable.from([dump]) as AsyncIterable<Buffer>;

/** A table that the dump replaces: it must be as it was after a refusal. */
const LIVE = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (41)'];
const FIRST = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (1), (2)'];

interface Case {
  name: string;
  id: FindingId;
  on: ('mariadb' | 'mysql')[];
  /** What the dump holds besides a_first. */
  dump: string[];
  /** What is done in the target before. */
  target?: string[];
  /** Global settings of the target. */
  settings?: Record<string, string>;
  /** A user who loads, instead of root, has these rights on the database. */
  rights?: string;
  message: RegExp;
}

const CASES: Case[] = [
  {
    name: 'a table without a primary key',
    id: 'mysql-require-primary-key',
    on: ['mysql'],
    dump: ['CREATE TABLE keyless (id int, UNIQUE KEY u (id))', 'INSERT INTO keyless VALUES (1)'],
    settings: { sql_require_primary_key: 'ON' },
    message: /\(sql_require_primary_key\), and the dump has none on keyless$/,
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
    message: /\(innodb_force_primary_key\), and the dump has none on keyless$/,
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
    message: /^the statement on line \d+ of the dump has 30000\d\d bytes, and the server takes 1048576 /,
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
  {
    name: 'a trigger, an event, a view and a procedure',
    id: 'mysql-rights',
    on: ['mariadb', 'mysql'],
    dump: [
      'CREATE VIEW seen AS SELECT id FROM a_first',
      'CREATE PROCEDURE p() SELECT 1',
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1',
      'CREATE TRIGGER tr BEFORE INSERT ON a_first FOR EACH ROW SET NEW.id = NEW.id',
    ],
    settings: { log_bin_trust_function_creators: 'ON' },
    rights: 'SELECT, INSERT, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES, ALTER ROUTINE',
    message:
      /^lim lacks rights on `parts`\.\* that the dump needs: CREATE VIEW \(for views\), TRIGGER .*, CREATE ROUTINE .*, EVENT /,
  },
  {
    name: 'tables without a right for them',
    id: 'mysql-rights',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE keyed (id int PRIMARY KEY, v int, KEY v (v))'],
    rights: 'SELECT, CREATE, LOCK TABLES',
    message: /^lim lacks rights on `parts`\.\* that the dump needs: DROP \(.*\), INSERT \(.*\), ALTER \(/,
  },
  {
    name: 'a trigger, with a binary log',
    id: 'mysql-function-creators',
    on: ['mariadb', 'mysql'],
    dump: [
      'CREATE TRIGGER tr BEFORE INSERT ON a_first FOR EACH ROW SET NEW.id = NEW.id',
      'CREATE PROCEDURE p() SELECT 1',
    ],
    settings: { log_bin_trust_function_creators: 'OFF' },
    rights: 'ALL',
    message: /\(log_bin_trust_function_creators\), which lim lacks; the dump has trigger tr$/,
  },
  {
    name: 'a function, with a binary log',
    id: 'mysql-function-creators',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1'],
    settings: { log_bin_trust_function_creators: 'OFF' },
    rights: 'ALL',
    message: /; the dump has function f$/,
  },
];

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  let server: RunningServer | undefined;
  beforeAll(async () => {
    server = await startServer(dbType, ['--log-bin=binlog', '--server-id=1']);
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
    async ({ id, dump, target, settings, rights, message }) => {
      if (server === undefined) return;
      const bytes = await dumpOfStatements(server, [...FIRST, ...dump]);
      await emptyDatabase(server, 'parts');
      await run([...LIVE, ...(target ?? [])]);
      const before = await globals(server, Object.keys(settings ?? {}));
      await run(Object.entries(settings ?? {}).map(([name, value]) => `SET GLOBAL ${name} = ${value}`));
      await run(["DROP USER IF EXISTS 'lim'@'%'"]);
      if (rights !== undefined) {
        await run(["CREATE USER 'lim'@'%' IDENTIFIED BY 'lim'", `GRANT ${rights} ON parts.* TO 'lim'@'%'`]);
      }
      const login = rights === undefined ? server : { ...server, username: 'lim', password: 'lim' };
      try {
        let isAsBefore = false;
        const refused = await loadWithEngine(login, 'parts', chunks(bytes), {
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
        await loadWithEngine(login, 'parts', chunks(bytes));
        expect(await rowsOfFirst()).toEqual([1, 2]);
      } finally {
        await run(before.map(({ name, value }) => `SET GLOBAL ${name} = ${value}`));
      }
    },
  );

  it('knows what comes after the part that it reads ahead', async () => {
    if (server === undefined) return;
    const bytes = await dumpOfStatements(server, [...FIRST, 'CREATE VIEW z AS SELECT id FROM a_first']);
    await emptyDatabase(server, 'parts');
    await run([
      ...LIVE,
      "DROP USER IF EXISTS 'lim'@'%'",
      "CREATE USER 'lim'@'%' IDENTIFIED BY 'lim'",
      "GRANT SELECT, INSERT, CREATE, DROP, ALTER, LOCK TABLES ON parts.* TO 'lim'@'%'",
    ]);
    const at = bytes.indexOf('CREATE TABLE');
    async function* slow(): AsyncGenerator<Buffer> {
      yield bytes.subarray(0, at);
      await sleep(SLOW_MS);
      yield bytes.subarray(at);
    }
    const login = { ...server, username: 'lim', password: 'lim' };
    await expect(loadWithEngine(login, 'parts', slow(), { contents: contentsOf(bytes) })).rejects.toThrow(
      'lim lacks rights on `parts`.* that the dump needs: CREATE VIEW (for views)',
    );
    expect(await rowsOfFirst()).toEqual([41]);
    await run(["DROP USER 'lim'@'%'"]);
  });

  it('tells all that is in the way at once', async () => {
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

/** As they are set, quoted if need be. */
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
