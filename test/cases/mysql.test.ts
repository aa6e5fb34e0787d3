/**
 * Dumps that once failed although the plain client loads them, or that were reported as restored although they weren't.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testConnection } from '../../lib/connections/test-connection.ts';
import { lookAtTarget } from '../../lib/engines/connect/modules.ts';
import { TableStates } from '../../lib/engines/table-states.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { EVERY_CASE, everyCase, itIf } from '../support/every-case.ts';
import { dumpOfStatements, emptyDatabase, loadBothWays, loadWithEngine, withDump } from '../support/mysql-load.ts';
import { aConnection } from '../support/records.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const fixture = (name: string) => readFile(new URL(`../fixtures/cases/${name}.sql`, import.meta.url));
/** A dump that states its origin, as those without --skip-comments do. */
const named = (dump: Buffer) => Buffer.concat([Buffer.from('-- Host: localhost    Database: source\n'), dump]);
const chunks = (dump: Buffer) => Readable.from([dump]) as AsyncIterable<Buffer>;

/** Bodies and texts that look as if a comment or a statement ended in them. */
const TABLES = [
  'CREATE TABLE jobs (id int PRIMARY KEY, sched varchar(20))',
  "INSERT INTO jobs VALUES (1, '*/5 * * * *')",
  'CREATE TABLE logs (id int)',
];
const COMMENTED: [name: string, sql: string][] = [
  [
    'a trigger with a comment before DELETE',
    'CREATE TRIGGER tr AFTER INSERT ON jobs FOR EACH ROW BEGIN /* clean up */ DELETE FROM logs WHERE id < 5; END',
  ],
  [
    'a trigger with a quote in its comment',
    "CREATE TRIGGER tr AFTER INSERT ON jobs FOR EACH ROW BEGIN /* it's fine */ UPDATE logs SET id = id; END",
  ],
  [
    'a trigger with a semicolon in its comment',
    'CREATE TRIGGER tr AFTER INSERT ON jobs FOR EACH ROW BEGIN /* log; it */ INSERT INTO logs VALUES (9); END',
  ],
  [
    'a trigger with IF',
    "CREATE TRIGGER tr BEFORE INSERT ON jobs FOR EACH ROW BEGIN /* x */ IF NEW.id > 5 THEN SET NEW.sched='y'; END IF; END",
  ],
  [
    'a trigger with line comments',
    "CREATE TRIGGER tr BEFORE INSERT ON jobs FOR EACH ROW BEGIN\n -- it's; here ;;\n # \"and\n SET NEW.sched = 'x'; -- */ end\n END",
  ],
  [
    'a trigger with the mark in a string',
    "CREATE TRIGGER tr BEFORE INSERT ON jobs FOR EACH ROW SET NEW.sched = COALESCE(NEW.sched,'*/5 * * * *')",
  ],
  ['an event with a comment', 'CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO BEGIN /* tidy */ DELETE FROM logs; END'],
  [
    'an event with the mark in a string',
    "CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO UPDATE jobs SET sched='*/5 * * * *'",
  ],
  [
    'a view with the mark in a string',
    "CREATE VIEW jobs_v AS SELECT id, CASE WHEN sched='*/5 * * * *' THEN 'often' ELSE 'rare' END AS how FROM jobs",
  ],
  [
    'a view with the opening mark in a string',
    "CREATE VIEW jobs_v AS SELECT id, '/*' AS a, '/*!99999 DROP' AS b FROM jobs",
  ],
  ['a procedure with both', "CREATE PROCEDURE pr() BEGIN /* '*/ UPDATE jobs SET sched='*/5 /* * * *'; END"],
  [
    'partitions by such a value',
    "CREATE TABLE part (s varchar(20)) PARTITION BY LIST COLUMNS (s) (PARTITION p0 VALUES IN ('*/5','x'), PARTITION p1 VALUES IN ('/*','*/'))",
  ],
  ['a default and comments', "CREATE TABLE co (s varchar(20) DEFAULT '*/5 * * * *' COMMENT '*/') COMMENT='*/5;'"],
];

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  // the sample contains, for MySQL, what its own dumps, rights and locks affect
  const itOfMariadb = itIf(it, dbType === 'mariadb');
  let server: RunningServer;
  let isThere = false;
  beforeAll(async () => {
    const started = await startServer(dbType);
    if (started === undefined) return;
    server = started;
    isThere = true;
  });
  afterAll(() => server?.stop());
  beforeEach((context) => {
    if (!isThere) context.skip(NO_MYSQL);
  });

  const source = (statements: string[], extraArgs: string[] = []) => dumpOfStatements(server, statements, extraArgs);
  const dumpOf = async (database: string) =>
    (await withDump(server, database, (dump) => buffer(dump))).toString('latin1');
  const run = async (database: string, ...statements: string[]) => {
    const session = await openSession(server, database);
    let rows: Record<string, unknown>[] = [];
    for (const sql of statements) rows = await session.rows(sql);
    await session.end();
    return rows;
  };

  it.each(COMMENTED.filter((_, index) => EVERY_CASE || dbType === 'mariadb' || index % 4 === 0))(
    'loads %s',
    async (_, sql) => {
      await loadBothWays(server, await source([...TABLES, sql]), 2);
    },
  );

  it('replaces rows of a table that another one refers to', async () => {
    const dump = await source(
      [
        // isn't split, as that column's name is InnoDB's own; and no REPLACE comes before it
        'CREATE TABLE parents (id int PRIMARY KEY, FTS_DOC_ID bigint unsigned NOT NULL, UNIQUE KEY FTS_DOC_ID_INDEX (FTS_DOC_ID))',
        'CREATE TABLE children (id int PRIMARY KEY, parent int, FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE)',
        'INSERT INTO parents VALUES (1, 1), (2, 2)',
      ],
      ['--replace'],
    );
    await loadBothWays(server, dump, 2);
  });

  it('adds a foreign key on the base column of a stored column', async () => {
    const child = (name: string, on: string) =>
      `CREATE TABLE ${name} (id int NOT NULL PRIMARY KEY, office_id int NULL, k int GENERATED ALWAYS AS (coalesce(office_id,0)) STORED, ` +
      `KEY office_id (office_id), CONSTRAINT ${name}_office FOREIGN KEY (office_id) REFERENCES offices (id) ${on})`;
    const on =
      dbType === 'mariadb' ? ['ON DELETE CASCADE', 'ON DELETE RESTRICT ON UPDATE RESTRICT'] : ['ON DELETE RESTRICT'];
    const dump = await source([
      'CREATE TABLE offices (id int NOT NULL PRIMARY KEY)',
      'INSERT INTO offices VALUES (1)',
      ...on.flatMap((one, at) => [child(`v${at}`, one), `INSERT INTO v${at} (id, office_id) VALUES (1, 1)`]),
    ]);
    await loadBothWays(server, dump, 2);
  });

  itOfMariadb('keeps unique keys with their tables while others are connected', async () => {
    const dump = await source(
      [
        'CREATE TABLE parts (id int AUTO_INCREMENT PRIMARY KEY, ref varchar(40) NOT NULL, note varchar(200), UNIQUE KEY r (ref), KEY n (note))',
        `INSERT INTO parts (ref, note) VALUES ${Array.from({ length: 3000 }, (_, at) => `('c${at}','${'x'.repeat(100)}')`).join()}`,
      ],
      ['--net-buffer-length=4096'],
    );
    await emptyDatabase(server, 'parts');
    await loadWithEngine(server, 'parts', chunks(dump));
    const app = await openSession(server, 'parts');
    let over = false;
    const writing = (async () => {
      for (let at = 0; !over; at++) {
        const upsert = `INSERT INTO parts (ref, note) VALUES ('a${at % 40}','app') ON DUPLICATE KEY UPDATE note = 'app'`;
        await app.rows(upsert).catch(() => {});
      }
    })();
    try {
      const told = await loadWithEngine(server, 'parts', chunks(dump));
      expect(told).toContain(
        'NOTE: other sessions are connected to the database: unique keys are created with their tables',
      );
    } finally {
      over = true;
      await writing;
      await app.end();
    }
    expect(await run('parts', "SELECT COUNT(*) AS n FROM parts WHERE note <> 'app'")).toEqual([{ n: 3000 }]);
  });

  itOfMariadb('names who is connected if a row is there twice', async () => {
    const dump = await source(['CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)']);
    const twice = Buffer.from(dump.toString().replace('(1)', '(1),(1)'));
    await emptyDatabase(server, 'parts');
    const app = await openSession(server, 'parts');
    await expect(loadWithEngine(server, 'parts', chunks(twice))).rejects.toMatchObject({
      message: expect.stringContaining('ERROR 1062'),
      hint: expect.stringContaining('root@127.0.0.1'),
    });
    await app.end();
  });

  itOfMariadb('says where it restored another engine than the target has into InnoDB', async () => {
    const dump = await source([
      'CREATE TABLE t (id int PRIMARY KEY, a int, KEY a (a)) ENGINE=InnoDB',
      'INSERT INTO t VALUES (1, 2)',
    ]);
    await emptyDatabase(server, 'parts');
    const told = await loadWithEngine(
      server,
      'parts',
      chunks(Buffer.from(dump.toString().replace('ENGINE=InnoDB', 'ENGINE=ROCKSDB'))),
    );
    expect(told).toContain(
      'the target lacks the storage engine ROCKSDB: table `t` and its rows are restored into InnoDB',
    );
    expect(await dumpOf('parts')).toBe(await dumpOf('source'));
  });

  it('restores foreign keys that each table numbers for itself', async () => {
    const dump = await fixture('05-numbered-foreign-keys');
    await emptyDatabase(server, 'parts');
    for (let times = 0; times < 2; times++) {
      const told = await loadWithEngine(server, 'parts', chunks(dump));
      expect(told.filter((line) => line.includes('is restored as'))).toEqual([
        'constraint `1` of table `b_child` is restored as `b_child_1`: the database already has one of its name',
      ]);
    }
    const keys =
      'SELECT TABLE_NAME AS child, CONSTRAINT_NAME AS name, REFERENCED_TABLE_NAME AS parent ' +
      "FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'parts' ORDER BY TABLE_NAME";
    expect(await run('parts', keys)).toEqual([
      { child: 'a_child', name: '1', parent: 'z_parent' },
      { child: 'b_child', name: 'b_child_1', parent: 'z_parent' },
    ]);
    expect(await run('parts', 'SELECT * FROM b_child')).toEqual([{ id: 1, p: 1 }]);
  });

  itOfMariadb('warns of a foreign key whose parent is nowhere', async () => {
    const dump = await fixture('09-foreign-key-to-another-case');
    await emptyDatabase(server, 'parts');
    const told = await loadWithEngine(server, 'parts', chunks(dump));
    expect(told).toContainEqual(
      expect.stringMatching(
        /^the foreign key `hits_master` of `Hits` refers to `masters`, which is neither in the backup/,
      ),
    );
    const sound = await source([
      'CREATE TABLE p (id int PRIMARY KEY)',
      'CREATE TABLE c (id int PRIMARY KEY, p int, KEY p (p), CONSTRAINT x FOREIGN KEY (p) REFERENCES p (id))',
    ]);
    await emptyDatabase(server, 'parts');
    expect(
      (await loadWithEngine(server, 'parts', chunks(sound))).filter((line) => line.includes('foreign key `')),
    ).toEqual([]);
  });

  it.runIf(dbType === 'mysql')('reports a primary key that the server added', async () => {
    const dump = await source([
      'CREATE TABLE bare (a int)',
      'INSERT INTO bare VALUES (1)',
      'CREATE TABLE keyed (a int PRIMARY KEY)',
    ]);
    await emptyDatabase(server, 'parts');
    await run('mysql', 'SET GLOBAL sql_generate_invisible_primary_key = ON');
    try {
      const told = await loadWithEngine(server, 'parts', chunks(dump));
      expect(told).toContainEqual(expect.stringMatching(/^NOTE: the server added .* my_row_id to `bare` \(/));
    } finally {
      await run('mysql', 'SET GLOBAL sql_generate_invisible_primary_key = OFF');
    }
  });

  it('refuses a read-only server, and says that it is read-only', async () => {
    const dump = await source(TABLES);
    await emptyDatabase(server, 'parts');
    await run(
      'mysql',
      "CREATE USER lim IDENTIFIED BY 'lim'",
      'GRANT ALL ON parts.* TO lim',
      'SET GLOBAL read_only = ON',
    );
    const login = { ...server, username: 'lim', password: 'lim' };
    const { host, port } = server;
    const access = {
      connection: aConnection({ db_type: dbType, host, port, username: 'lim', ssl_mode: 'prefer' }),
      password: 'lim',
    };
    try {
      await expect(loadWithEngine(login, 'parts', chunks(dump))).rejects.toMatchObject({
        message: 'the server is read only (read_only is on)',
        hint: expect.stringMatching(/^Restore into the primary instead/),
      });
      expect((await lookAtTarget(access, 'parts')).writeRefusal?.why).toBe('the server is read only (read_only is on)');
      expect((await testConnection(access, ['parts'])).hint).toMatch(
        /^No restore can write there: the server is read only/,
      );
      // root may write anyway
      await loadWithEngine(server, 'parts', chunks(dump));
    } finally {
      await run('mysql', 'SET GLOBAL read_only = OFF', 'DROP USER lim');
    }
  });

  it('warns about a replica that it may write to', async () => {
    const source1 = await source(TABLES);
    await emptyDatabase(server, 'parts');
    const { host, port, username, password } = server;
    const access = { connection: aConnection({ db_type: dbType, host, port, username, ssl_mode: 'prefer' }), password };
    expect((await lookAtTarget(access, 'parts')).doubts).toEqual([]);
    await run(
      'mysql',
      dbType === 'mysql'
        ? "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'db1', SOURCE_PORT = 3307"
        : "CHANGE MASTER TO MASTER_HOST = 'db1', MASTER_PORT = 3307",
    );
    try {
      const line = expect.stringMatching(/^the server is a replica of db1:3307, and this user may write to it/);
      expect(await loadWithEngine(server, 'parts', chunks(source1))).toContainEqual(line);
      expect((await lookAtTarget(access, 'parts')).doubts).toEqual([line]);
      expect((await testConnection(access, ['parts'])).hint).toEqual(line);
    } finally {
      await run('mysql', dbType === 'mysql' ? 'RESET REPLICA ALL' : 'RESET SLAVE ALL');
    }
  });

  itOfMariadb('says that the target is as before if nothing was sent that writes', async () => {
    const dump = await source(TABLES);
    const load = async (bytes: Buffer) => {
      let asBefore = false;
      const isAsBefore = () => {
        asBefore = true;
      };
      await expect(loadWithEngine(server, 'unmade', chunks(bytes), { isAsBefore })).rejects.toThrow();
      return asBefore;
    };
    const there = async () => (await run('mysql', "SHOW DATABASES LIKE 'unmade'")).length > 0;
    await run('mysql', 'DROP DATABASE IF EXISTS unmade');
    // refused at its first statement, after the settings of its head
    const text = dump.toString();
    const at = text.indexOf('DROP TABLE');
    const planted = Buffer.from(`${text.slice(0, at)}GRANT ALL ON *.* TO x;\n${text.slice(at)}`);
    expect(await load(planted)).toBe(true);
    expect(await there()).toBe(false);
    await run('mysql', 'CREATE DATABASE unmade');
    expect(await load(planted)).toBe(true);
    expect(await there()).toBe(true);
    expect(await load(Buffer.from(`${text}GRANT ALL ON *.* TO x;\n`))).toBe(false);
    await run('mysql', 'DROP DATABASE unmade');
  });

  it.each(['a session', 'a prepared transaction'])('says who holds the lock that it waits for: %s', async (holder) => {
    const dump = await source(['CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)']);
    await emptyDatabase(server, 'parts');
    await run('parts', 'CREATE TABLE t (id int PRIMARY KEY)');
    const app = await openSession(server, 'parts');
    const isSession = holder === 'a session';
    const begin = isSession
      ? ['BEGIN', 'INSERT INTO t VALUES (8)']
      : ["XA START 'x1'", 'INSERT INTO t VALUES (8)', "XA END 'x1'", "XA PREPARE 'x1'"];
    for (const sql of begin) await app.rows(sql);
    if (!isSession) await app.end();
    const told: string[] = [];
    const loading = loadWithEngine(server, 'parts', chunks(dump), { lookEveryMs: 200, told });
    try {
      const said = isSession
        ? /^WAITING: .*possibly held by session \d+ of root@127\.0\.0\.1/
        : /^WAITING: .*the prepared transaction 'x1'/;
      await until(async () => told.some((line) => said.test(line)));
    } finally {
      if (isSession) await app.end();
      else await run('mysql', "XA ROLLBACK 'x1'");
    }
    await loading;
    expect(await run('parts', 'SELECT * FROM t')).toEqual([{ id: 1 }]);
  });

  itOfMariadb('tells which tables are complete, incomplete and untouched', async () => {
    const table = (name: string) => [
      `CREATE TABLE ${name} (id int PRIMARY KEY, v varchar(20), KEY v (v))`,
      `INSERT INTO ${name} VALUES (1, 'new')`,
    ];
    const dump = await source([
      ...table('a'),
      'CREATE TABLE ab (id int PRIMARY KEY, a_id int, CONSTRAINT to_a FOREIGN KEY (a_id) REFERENCES a (id))',
      // its predecessors have their keys by then, because it isn't split
      'CREATE TABLE aa (id int) ENGINE=MyISAM',
      'INSERT INTO aa VALUES (1)',
      'CREATE TABLE b (id int PRIMARY KEY)',
      'INSERT INTO b VALUES (1)',
      ...['c', 'd'].flatMap(table),
      'CREATE VIEW vi AS SELECT id FROM a',
    ]);
    const broken = dump.toString().replace(/(INSERT INTO `c` VALUES\s*)\(1,'new'\)/, "$1(1,'new'),(1,'twice')");
    await emptyDatabase(server, 'parts');
    await run('parts', ...['a', 'c', 'd', 'own'].flatMap(table), 'CREATE VIEW own_v AS SELECT 1');
    const tables = new TableStates();
    await expect(loadWithEngine(server, 'parts', chunks(Buffer.from(broken)), { tables })).rejects.toThrow(
      'ERROR 1062',
    );
    const names = (...some: string[]) => ({ count: some.length, names: some });
    // its foreign key would have come at the end
    expect(tables.summary()).toEqual({
      complete: names('a', 'aa', 'b'),
      incomplete: names('c', 'ab'),
      untouched: names('d', 'own'),
    });
    const whole = new TableStates();
    await loadWithEngine(server, 'parts', chunks(dump), { tables: whole });
    expect(whole.summary()).toEqual({
      complete: names('a', 'aa', 'ab', 'b', 'c', 'd'),
      incomplete: names(),
      untouched: names('own'),
    });
  });

  itOfMariadb('reports no table as complete until an unsplit dump is loaded whole', async () => {
    const dump = (rows: string) =>
      Buffer.from(
        `CREATE TABLE a (id int PRIMARY KEY);\nINSERT INTO a VALUES (1);\nCREATE TABLE b (id int PRIMARY KEY);\n${rows}`,
      );
    await emptyDatabase(server, 'parts');
    const tables = new TableStates();
    const rows = 'INSERT INTO b VALUES (1), (1);\n';
    await expect(loadWithEngine(server, 'parts', chunks(dump(rows)), { tables })).rejects.toThrow('ERROR 1062');
    expect(tables.summary()).toMatchObject({ complete: { count: 0 }, incomplete: { names: ['a', 'b'] } });
    await emptyDatabase(server, 'parts');
    await loadWithEngine(server, 'parts', chunks(dump('')), { tables });
    expect(tables.summary()).toMatchObject({ complete: { names: ['a', 'b'] }, incomplete: { count: 0 } });
  });

  it('restores everything that it can, and reports all errors', async () => {
    const dump = (
      await source([
        'CREATE TABLE a (id int PRIMARY KEY, v int, w int, KEY v (v), KEY w (w))',
        'INSERT INTO a VALUES (1, 1, 1), (2, 1, 2)',
        'CREATE TABLE b (id int PRIMARY KEY, v int, KEY v (v))',
        'INSERT INTO b VALUES (1, 1), (2, 1)',
        'CREATE TABLE c (id int PRIMARY KEY, v int, KEY v (v))',
        'CREATE TRIGGER bad_trigger BEFORE INSERT ON a FOR EACH ROW SET NEW.v = 1',
        'CREATE TRIGGER good_trigger BEFORE INSERT ON c FOR EACH ROW SET NEW.v = 1',
        'CREATE VIEW bad_view AS SELECT id FROM b',
        'CREATE VIEW good_view AS SELECT id FROM c',
        'CREATE PROCEDURE pr() SELECT 1',
      ])
    )
      .toString()
      .replaceAll(/KEY `v` \(`v`\),?\n/g, (key, at, whole) =>
        whole.lastIndexOf('CREATE TABLE', at) === whole.indexOf('CREATE TABLE `c`') ? key : `UNIQUE ${key}`,
      )
      .replace('SET NEW.v = 1', 'SET NEW.lost = 1')
      .replace('select `b`.`id` AS `id` from `b`', 'select `b`.`lost` AS `id` from `b`');
    await emptyDatabase(server, 'parts');
    const told: string[] = [];
    const tables = new TableStates();
    await expect(loadWithEngine(server, 'parts', chunks(Buffer.from(dump)), { told, tables })).rejects.toMatchObject({
      message: expect.stringMatching(/^ERROR 1062 .*\(table `[ab]`\) \(and 3 more errors: see the log\)$/),
      hint: expect.stringContaining('find the row that the source has twice'),
    });
    const errors = told.filter((line) => line.startsWith('ERROR: '));
    expect(errors.length).toBe(4);
    expect(errors.slice(0, 2).toSorted()).toEqual([
      expect.stringMatching(/ERROR 1062 .* \(table `a`\)$/),
      expect.stringMatching(/ERROR 1062 .* \(table `b`\)$/),
    ]);
    expect(errors.slice(2).join('\n')).toMatch(/ERROR 1054 .*lost.*\n.*ERROR 1054 .*lost/);
    expect(tables.summary()).toMatchObject({ complete: { names: ['c'] }, incomplete: { names: ['a', 'b'] } });
    const made = await run(
      'parts',
      "SELECT INDEX_NAME AS name FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'parts' AND INDEX_NAME IN ('v', 'w') UNION ALL " +
        "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'parts' UNION ALL " +
        "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'parts'",
    );
    expect(made.map(({ name }) => name).toSorted()).toEqual(['good_trigger', 'pr', 'v', 'w']);
    expect(await run('parts', 'SELECT id FROM good_view')).toEqual([]);
  });

  it.each([
    ['DROP', 'SELECT, INSERT, CREATE, ALTER, EVENT'],
    ['EVENT', 'SELECT, INSERT, CREATE, DROP, ALTER, REFERENCES, INDEX, LOCK TABLES'],
  ])('writes nothing if the %s privilege that the dump needs is missing', async (missing, rights) => {
    const table = ['CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)'];
    const dump = await source([...table, 'CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1']);
    await emptyDatabase(server, 'parts');
    await run('parts', 'CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (42)');
    await run('mysql', "CREATE USER few IDENTIFIED BY 'few'", `GRANT ${rights} ON parts.* TO few`);
    let isAsBefore = false;
    const tables = new TableStates();
    try {
      const login = { ...server, username: 'few', password: 'few' };
      const options = {
        tables,
        isAsBefore: () => {
          isAsBefore = true;
        },
      };
      await expect(loadWithEngine(login, 'parts', chunks(dump), options)).rejects.toMatchObject({
        message: expect.stringMatching(new RegExp(`^few lacks rights on \`parts\`.* that the dump needs: ${missing} `)),
        hint: `Grant them. Run: GRANT ${missing} ON \`parts\`.* TO 'few'@'%';`,
      });
      expect(isAsBefore).toBe(true);
      expect(tables.summary()).toBeNull();
      expect(await run('parts', 'SELECT id FROM t')).toEqual([{ id: 42 }]);
      const loading = loadWithEngine(login, 'parts', chunks(await source(table)));
      await (missing === 'EVENT' ? loading : expect(loading).rejects.toThrow('few lacks rights'));
    } finally {
      await run('mysql', 'DROP USER few');
    }
  });

  itOfMariadb('says that the target is as before if the dump breaks off before anything is sent', async () => {
    await emptyDatabase(server, 'parts');
    let isAsBefore = false;
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('DROP TABLE IF EXISTS `t`;\nCREATE TABLE `t` (id int);\n');
      throw new Error('the storage is gone');
    }
    const options = {
      isAsBefore: () => {
        isAsBefore = true;
      },
    };
    await expect(loadWithEngine(server, 'parts', broken(), options)).rejects.toThrow('the storage is gone');
    expect(isAsBefore).toBe(true);
    expect(await run('parts', 'SHOW TABLES')).toEqual([]);
  });

  itOfMariadb('loads with rights of an anonymous user, which no grant of a user tells', async () => {
    const dump = await source(['CREATE TABLE t (id int PRIMARY KEY)', 'INSERT INTO t VALUES (1)']);
    await emptyDatabase(server, 'parts');
    // as old servers have it for the database test
    await run('mysql', "CREATE USER few IDENTIFIED BY 'few'", "CREATE USER ''@'%'", "GRANT ALL ON parts.* TO ''@'%'");
    try {
      await loadWithEngine({ ...server, username: 'few', password: 'few' }, 'parts', chunks(dump));
    } finally {
      await run('mysql', 'DROP USER few', "DROP USER ''@'%'");
    }
    expect(await run('parts', 'SELECT id FROM t')).toEqual([{ id: 1 }]);
  });

  itOfMariadb('has tables analysed', async () => {
    const rows = Array.from({ length: 5000 }, (_, at) => `(${at})`).join();
    const dump = await source(['CREATE TABLE counted (id int PRIMARY KEY)', `INSERT INTO counted VALUES ${rows}`]);
    await emptyDatabase(server, 'parts');
    await loadWithEngine(server, 'parts', chunks(dump));
    const [found] = await run(
      'mysql',
      "SELECT n_rows AS n FROM innodb_table_stats WHERE database_name = 'parts' AND table_name = 'counted'",
    );
    expect(Number(found?.n)).toBe(5000);
  });

  itOfMariadb('loads a trigger whose body ends in a semicolon', async () => {
    const dump = await fixture('07-trigger-body-ends-in-semicolon');
    await emptyDatabase(server, 'parts');
    await loadWithEngine(server, 'parts', chunks(dump));
    await run('parts', "UPDATE t SET name = 'z'");
    expect(await run('parts', 'SELECT * FROM t')).toEqual([{ id: 1, name: 'y' }]);
  });

  itOfMariadb.each([1, 4])(
    'loads procedures alone, dumped without DROP, with %i session(s)',
    async (sessions) => {
      const made = await source(['CREATE PROCEDURE a() SELECT 1', 'CREATE PROCEDURE b() BEGIN SELECT 2; END']);
      const dump = Buffer.from(made.toString().replaceAll(/^.*DROP PROCEDURE.*\n/gm, ''));
      expect(dump.toString()).not.toContain('DROP');
      await emptyDatabase(server, 'parts');
      await loadWithEngine(server, 'parts', chunks(dump), { sessions });
      expect(await dumpOf('parts')).toBe(await dumpOf('source'));
    },
    20_000,
  );

  it('loads bodies that end with a line comment', async () => {
    const dump = await source([
      ...TABLES,
      'CREATE PROCEDURE a() SELECT 1 -- one',
      'CREATE PROCEDURE b() SELECT 1 # one',
      'CREATE FUNCTION c() RETURNS int DETERMINISTIC RETURN 1 -- */ one',
      'CREATE TRIGGER t1 BEFORE INSERT ON jobs FOR EACH ROW SET NEW.id = 1 -- one',
      'CREATE EVENT e1 ON SCHEDULE EVERY 1 DAY DO DELETE FROM logs # one',
    ]);
    // the plain client stops here, as mysqldump puts the delimiter into the comment
    await emptyDatabase(server, 'parts');
    for (const size of [dump.length, 7]) {
      const cut = Array.from({ length: Math.ceil(dump.length / size) }, (_, at) =>
        dump.subarray(at * size, (at + 1) * size),
      );
      await loadWithEngine(server, 'parts', Readable.from(cut) as AsyncIterable<Buffer>);
      for (const kind of ['PROCEDURE a', 'PROCEDURE b', 'FUNCTION c', 'TRIGGER t1', 'EVENT e1']) {
        const bodyOf = async (database: string) => {
          const [row = {}] = await run(database, `SHOW CREATE ${kind}`);
          return String(row[Object.keys(row).find((key) => /^(Create|SQL Original)/.test(key)) ?? '']).trimEnd();
        };
        expect(await bodyOf('parts'), kind).toBe(await bodyOf('source'));
      }
    }
  });

  it.runIf(dbType === 'mariadb')('knows that a sequence was restored', async () => {
    const dump = named(
      await source([
        'CREATE SEQUENCE s START WITH 100',
        'CREATE TABLE t (id bigint NOT NULL DEFAULT nextval(s), PRIMARY KEY (id))',
        'INSERT INTO t VALUES (DEFAULT)',
      ]),
    );
    await emptyDatabase(server, 'parts');
    await loadWithEngine(server, 'parts', chunks(dump));
    const told = await loadWithEngine(server, 'parts', chunks(dump));
    expect(told.filter((line) => line.includes('stays'))).toEqual([]);
    await run('parts', 'INSERT INTO t VALUES (DEFAULT)');
    expect(await run('parts', 'SELECT * FROM t')).toEqual([{ id: 100 }, { id: 1100 }]);
  });

  it.runIf(dbType === 'mariadb')('has no time limit for its statements', async () => {
    const dump = await source([
      'CREATE TABLE big (id int PRIMARY KEY, a varchar(200), b varchar(200), KEY a (a), KEY b (b), KEY ab (a,b), KEY ba (b,a))',
      "INSERT INTO big SELECT seq, CONCAT(MD5(seq), REPEAT('x', 100)), CONCAT(SHA1(seq), REPEAT('y', 100)) FROM seq_1_to_30000",
    ]);
    await run(
      'mysql',
      "CREATE USER lim IDENTIFIED BY 'lim'",
      'GRANT ALL ON parts.* TO lim WITH MAX_STATEMENT_TIME 0.05',
    );
    for (const user of ['root', 'lim']) {
      await emptyDatabase(server, 'parts');
      const login = user === 'root' ? server : { ...server, username: 'lim', password: 'lim' };
      if (user === 'root') await run('mysql', 'SET GLOBAL max_statement_time = 0.05');
      try {
        await loadWithEngine(login, 'parts', chunks(dump));
      } finally {
        await run('mysql', 'SET GLOBAL max_statement_time = 0');
      }
      expect(await run('parts', 'SELECT COUNT(*) AS n FROM big')).toEqual([{ n: 30000 }]);
    }
    await run('mysql', 'DROP USER lim');
  });
});

const SMALL = everyCase<readonly [dbType: 'mariadb' | 'mysql', size: string, said: string]>(
  [
    ['mariadb', '12m', 'lacks the disk space to add all keys of `big` at once'],
    [
      'mariadb',
      '1m',
      'lacks the disk space to sort the keys of `big`: its rows are copied into a table that already has them',
    ],
  ],
  [
    ['mysql', '12m', 'lacks the disk space to add all keys of `big` at once'],
    ['mysql', '1m', 'lacks the disk space to add all keys of `big` at once'],
  ],
);
describe.each(SMALL)('%s whose tmpdir has %s', (dbType, size, said) => {
  let server: RunningServer | undefined;
  let directory: string | undefined;
  let why = NO_MYSQL;
  beforeAll(async () => {
    directory = await mkdtemp('/tmp/jagad-small-');
    try {
      await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=1777`, 'tmpfs', directory]);
    } catch {
      why = 'a small file system for tmpdir cannot be mounted here';
      return;
    }
    server = await startServer(dbType, [`--tmpdir=${directory}`]);
  });
  afterAll(async () => {
    await server?.stop();
    if (directory === undefined) return;
    await promisify(execFile)('umount', [directory]).catch(() => {});
    await rm(directory, { recursive: true });
  });

  it('adds all keys', async (context) => {
    if (server === undefined) return context.skip(why);
    const row = (at: number) => `(${at},'${'a'.repeat(40)}${at}','${'b'.repeat(40)}${at}','${'c'.repeat(40)}${at}')`;
    const inserts = Array.from({ length: 30 }, (_, part) => {
      const rows = Array.from({ length: 2000 }, (_, at) => row(part * 2000 + at));
      return `INSERT INTO big VALUES ${rows.join()}`;
    });
    const dump = await dumpOfStatements(server, [
      'CREATE TABLE big (id int PRIMARY KEY, a varchar(60), b varchar(60), c varchar(60), KEY a (a), KEY b (b), KEY c (c), KEY ab (a,b), KEY bc (b,c), KEY ca (c,a)) ENGINE=InnoDB',
      ...inserts,
    ]);
    await emptyDatabase(server, 'parts');
    const told = await loadWithEngine(server, 'parts', chunks(dump));
    expect(told).toContainEqual(expect.stringContaining(said));
    const session = await openSession(server, 'parts');
    expect(await session.rows('SELECT COUNT(*) AS n FROM big')).toEqual([{ n: 60000 }]);
    expect(
      await session.rows(
        "SELECT COUNT(DISTINCT INDEX_NAME) AS n FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'parts'",
      ),
    ).toEqual([{ n: 7 }]);
    await session.end();
  });
});

describe.each(everyCase<'mariadb' | 'mysql'>(['mariadb'], ['mysql']))('%s with case-insensitive names', (dbType) => {
  let source: RunningServer | undefined;
  let server: RunningServer | undefined;
  beforeAll(async () => {
    [source, server] = await Promise.all([startServer(dbType), startServer(dbType, ['--lower-case-table-names=1'])]);
  });
  afterAll(() => Promise.all([source?.stop(), server?.stop()]));
  beforeEach((context) => {
    if (server === undefined) context.skip(NO_MYSQL);
  });

  it('refuses two names that differ only in case before it writes', async () => {
    if (source === undefined || server === undefined) return;
    const dump = await dumpOfStatements(source, [
      'CREATE TABLE Orders (id int PRIMARY KEY)',
      'INSERT INTO Orders VALUES (1), (2)',
      'CREATE TABLE orders (id int PRIMARY KEY)',
      'INSERT INTO orders VALUES (9)',
    ]);
    await emptyDatabase(server, 'parts');
    await expect(loadWithEngine(server, 'parts', chunks(dump))).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the dump has both `Orders` and `orders`, which this server treats as the same name/,
      ),
      hint: expect.stringContaining('a server that distinguishes them'),
    });
    const session = await openSession(server, 'parts');
    expect((await session.rows('SHOW TABLES')).length).toBe(0);
    await session.end();
  });

  it('finds a table by its lower-case name', async () => {
    if (server === undefined) return;
    const dump = await fixture('09-foreign-key-to-another-case');
    await emptyDatabase(server, 'parts');
    for (let times = 0; times < 2; times++) {
      const told = await loadWithEngine(server, 'parts', chunks(dump));
      expect(told.filter((line) => !line.startsWith('NOTE'))).toEqual([]);
    }
  });
});
