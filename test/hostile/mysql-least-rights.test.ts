/**
 * What a load may do if the check of its statements is fooled: here it accepts everything. Tables and rows are loaded
 * by a user with rights only on the target database, who is dropped when the load has ended, however it ended.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SqlStatement } from '../../lib/formats/mysql-dump/reader/statement.ts';
import { openSession, type Session } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { EVERY_CASE, everyCase, itIf } from '../support/every-case.ts';
import { emptyDatabase, loadWithEngine, withDump } from '../support/mysql-load.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

vi.mock('../../lib/formats/mysql-dump/judge/judge.ts', async () => {
  const { readHead } = await import('../../lib/formats/mysql-dump/judge/statement-head.ts');
  const { Tokens } = await import('../../lib/formats/mysql-dump/reader/tokens.ts');
  class Judge {
    judge(statement: SqlStatement) {
      return { verdict: { action: 'pass' }, head: readHead(new Tokens(statement)) };
    }
  }
  return { Judge };
});

const SECRET = 'the-secret-that-stays-where-it-is';
const HEAD = `/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
DROP TABLE IF EXISTS \`t\`;
CREATE TABLE \`t\` (\`a\` text, \`b\` int) ENGINE=InnoDB;
`;
const TAIL = `
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
-- Dump completed on 2026-11-30  8:00:00
`;
/** In a GRANT without escapes, the first one also matches the second one. */
const TARGET = 'shop_copy';
const VICTIM = 'shopXcopy';

interface Attack {
  sql: string;
  /** Each server refuses it by its own rule: the sample tries it with both. */
  both?: true;
  on?: 'mysql' | 'mariadb';
}

const attacks = (directory: string): Record<string, Attack> => ({
  'drops another table': { sql: `DROP TABLE ${VICTIM}.v;` },
  'drops another database': { sql: `DROP DATABASE ${VICTIM};` },
  'writes into another table': { sql: `INSERT INTO ${VICTIM}.v VALUES ('planted');` },
  'reads another table': { sql: `INSERT INTO t SELECT a, 1 FROM ${VICTIM}.v;`, both: true },
  'creates a table from another one': { sql: `CREATE TABLE x AS SELECT a FROM ${VICTIM}.v;` },
  'moves a table out of another database': { sql: `RENAME TABLE ${VICTIM}.v TO v;` },
  'locks and reads another table': {
    sql: `LOCK TABLES ${VICTIM}.v READ, t WRITE;\nINSERT INTO t SELECT a, 1 FROM ${VICTIM}.v;`,
  },
  'refers to another table': {
    sql: `CREATE TABLE k (a int, CONSTRAINT c FOREIGN KEY (a) REFERENCES ${VICTIM}.parent (a)) ENGINE=InnoDB;`,
  },
  'joins a table of another database': {
    sql: `CREATE TABLE m (a int) ENGINE=MRG_MyISAM INSERT_METHOD=LAST UNION=(${VICTIM}.my);\nINSERT INTO m VALUES (7);`,
  },
  'reads a file on the server': { sql: `INSERT INTO t VALUES (LOAD_FILE('${directory}/secret.txt'), 1);` },
  'loads a file on the server': { sql: `LOAD DATA INFILE '${directory}/secret.txt' INTO TABLE t (a);` },
  'writes a file on the server': { sql: `SELECT 'planted' INTO OUTFILE '${directory}/planted.txt';` },
  'reads the accounts': { sql: 'INSERT INTO t SELECT User, 1 FROM mysql.user;' },
  'creates a user': { sql: "CREATE USER thief@'%' IDENTIFIED BY 'Thief-1thief';" },
  'grants a privilege': { sql: "GRANT ALL ON *.* TO witness@'%';", both: true },
  'changes the password of the restoring user': { sql: "ALTER USER root@'%' IDENTIFIED BY 'Thief-1thief';" },
  'sets a global variable': { sql: 'SET GLOBAL max_connections = 77;', both: true },
  'sets a persistent global variable': { sql: 'SET PERSIST max_connections = 77;', on: 'mysql' },
  'calls a procedure of another database': { sql: `CALL ${VICTIM}.plant();` },
  'hides a statement behind a delimiter': {
    sql: `DELIMITER //\nINSERT INTO t VALUES ('x', 1); DROP TABLE ${VICTIM}.v//\nDELIMITER ;`,
  },
  'installs a plugin': { sql: "INSTALL PLUGIN blackhole SONAME 'ha_blackhole.so';", on: 'mariadb' },
  'keeps the load out of the binary log': { sql: 'SET SESSION sql_log_bin = 0;', both: true },
});

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  const itOfMariadb = itIf(it, dbType === 'mariadb');
  let server: RunningServer;
  let session: Session;
  let directory: string;
  beforeAll(async () => {
    const started = await startServer(dbType, ['--secure-file-priv=', '--log-bin', '--server-id=1']);
    if (started === undefined) return;
    server = started;
    session = await openSession(server);
    directory = await mkdtemp('/tmp/jagad-least-');
    await writeFile(join(directory, 'secret.txt'), `${SECRET}\n`, { mode: 0o644 });
    await chmod(directory, 0o777);
    await session.rows("CREATE USER witness@'%' IDENTIFIED BY 'Witness-1x'");
  });
  afterAll(async () => {
    await session?.end();
    await server?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });
  beforeEach(async (context) => {
    if (server === undefined) return context.skip(NO_MYSQL);
    await emptyDatabase(server, TARGET);
    await emptyDatabase(server, VICTIM);
    await session.rows(`CREATE TABLE ${VICTIM}.v (a text)`);
    await session.rows(`CREATE TABLE ${VICTIM}.my (a int) ENGINE=MyISAM`);
    await session.rows(`CREATE TABLE ${VICTIM}.parent (a int PRIMARY KEY)`);
    await session.rows(`INSERT INTO ${VICTIM}.v VALUES ('${SECRET}')`);
    await session.rows(`CREATE PROCEDURE ${VICTIM}.plant() INSERT INTO v VALUES ('planted')`);
  });
  afterEach(async () => {
    if (server !== undefined) expect(await loadUsers()).toEqual([]);
  });

  const loadUsers = async () =>
    (await session.rows("SELECT User AS u FROM mysql.user WHERE User LIKE 'jagad%'")).map(({ u }) => String(u));
  const load = (
    sql: string | AsyncIterable<Buffer>,
    options: Parameters<typeof loadWithEngine>[3] & { as?: RunningServer; into?: string } = {},
  ) => {
    const dump = typeof sql === 'string' ? Readable.from([Buffer.from(HEAD + sql + TAIL)]) : sql;
    return loadWithEngine(options.as ?? server, options.into ?? TARGET, dump as AsyncIterable<Buffer>, {
      sessions: 2,
      ...options,
    });
  };
  /** A user of the server, as a connection's user. */
  const userWith = async (...grants: string[]): Promise<RunningServer> => {
    const password = 'Operator-1x';
    await session.rows("DROP USER IF EXISTS operator@'%'");
    await session.rows(`CREATE USER operator@'%' IDENTIFIED BY '${password}'`);
    for (const grant of grants) await session.rows(`GRANT ${grant}`.replace('TO', "TO operator@'%'"));
    return { ...server, username: 'operator', password };
  };
  const notes = (lines: string[]) => lines.filter((line) => line.includes('with all of its rights'));

  /** Everything that must not change. */
  const witnesses = async () => ({
    tables: await session.rows(`SHOW TABLES IN ${VICTIM}`),
    rows: await session.rows(`SELECT * FROM ${VICTIM}.v`),
    merged: await session.rows(`SELECT * FROM ${VICTIM}.my`),
    keys: await session.rows(
      `SELECT * FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA = '${VICTIM}'`,
    ),
    users: await session.rows('SELECT User FROM mysql.user ORDER BY 1'),
    grants: await session.rows("SHOW GRANTS FOR witness@'%'"),
    password: await session.rows("SHOW CREATE USER root@'%'"),
    plugins: await session.rows('SELECT name FROM mysql.plugin'),
    connections: await session.rows('SELECT @@GLOBAL.max_connections AS n'),
    files: await readdir(directory),
  });

  const names = Object.entries(attacks(''))
    .filter(
      ([, { on, both = false }]) =>
        (on ?? dbType) === dbType && (EVERY_CASE || dbType === 'mariadb' || on === 'mysql' || both),
    )
    .map(([name]) => name);
  it.each(names)('a load that %s is refused by the server', async (name) => {
    const attack = attacks(directory)[name] as Attack;
    const before = await witnesses();
    const error = await load(`INSERT INTO t VALUES ('x', 1);\n${attack.sql}`).catch((reason: Error) => reason);
    expect(await witnesses()).toEqual(before);
    expect(await withDump(server, TARGET, (made) => text(made))).not.toContain(SECRET);
    // a function answers NULL if the right is missing
    if (name !== 'reads a file on the server')
      expect(error).toMatchObject({ message: expect.stringMatching(/^ERROR \d+/) });
  });

  it('has its own user, while views, routines, triggers and events belong to the connection’s user', async () => {
    const sql = `INSERT INTO t VALUES ('x', 1);
CREATE VIEW placeholder AS SELECT 1 AS a;
CREATE VIEW w AS SELECT a FROM t;
DROP PROCEDURE IF EXISTS p;
CREATE PROCEDURE p() SELECT 1;
CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1;
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1;
DROP EVENT IF EXISTS e;
CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DO SELECT 1;`;
    const lines = await load(sql);
    expect(notes(lines)).toEqual([]);
    const definers = await session.rows(
      `SELECT DEFINER AS d FROM information_schema.VIEWS WHERE TABLE_SCHEMA = '${TARGET}'
       UNION ALL SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${TARGET}'
       UNION ALL SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${TARGET}'
       UNION ALL SELECT DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '${TARGET}'`,
    );
    expect(definers.map(({ d }) => d)).toEqual(Array(6).fill('root@%'));
    expect(await session.rows(`SELECT * FROM ${TARGET}.w`)).toEqual([{ a: 'x' }]);
  });

  itOfMariadb('is dropped after a load that failed, was cancelled, or lost its sessions', async () => {
    await expect(load('INSERT INTO nothing VALUES (1);')).rejects.toThrow('ERROR 1146');
    expect(await loadUsers()).toEqual([]);
    for (const end of ['cancel', 'kill'] as const) {
      await emptyDatabase(server, TARGET);
      const stopping = new AbortController();
      const loading = load(endless(), { signal: stopping.signal }).catch((reason: Error) => reason);
      // by then, the loading sessions exist, and not only the one that shows that the user is in use
      await until(async () => (await loadUsers()).length === 1 && (await hasTable()));
      if (end === 'cancel') stopping.abort(new Error('stopped by hand'));
      else
        for (const id of await sessionsOf(await loadUsers()))
          await session.rows(`KILL CONNECTION ${id}`).catch(() => {});
      expect(await loading).toBeInstanceOf(Error);
      expect(await loadUsers()).toEqual([]);
    }
  });

  const hasTable = async () =>
    (await session.rows('SELECT 1 AS it FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?', [TARGET])).length > 0;
  const sessionsOf = async (users: string[]) =>
    (await session.rows('SELECT id AS id FROM information_schema.PROCESSLIST WHERE user IN (?)', [users])).map(
      ({ id }) => id,
    );

  itOfMariadb.each(everyCase(['into another database'], ['into the same database']))(
    'of a killed task is dropped by the next restore %s',
    async (where) => {
      const script = fileURLToPath(new URL('../support/trouble/killed-load.ts', import.meta.url));
      const child = spawn(process.execPath, [script, JSON.stringify({ server, database: TARGET })], {
        stdio: 'inherit',
      });
      await until(async () => (await sessionsOf([...(await loadUsers()), 'none'])).length > 1);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const left = await loadUsers();
      expect(left).toHaveLength(1);
      await until(async () => (await sessionsOf(left)).length === 0);
      await load("INSERT INTO t VALUES ('x', 1);", where === 'into another database' ? { into: 'other' } : {});
      await session.rows('DROP DATABASE IF EXISTS other');
    },
  );

  itOfMariadb('of a running restore is left alone by another', async () => {
    const gate = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.from(HEAD);
      await gate.promise;
      yield Buffer.from(`INSERT INTO t VALUES ('late', 1);${TAIL}`);
    }
    const first = load(slow());
    await until(async () => (await loadUsers()).length === 1);
    const before = await loadUsers();
    await load("INSERT INTO t VALUES ('x', 1);", { into: 'beside' });
    expect(await loadUsers()).toEqual(before);
    gate.resolve();
    await first;
    await session.rows('DROP DATABASE beside');
    expect(await session.rows(`SELECT a FROM ${TARGET}.t`)).toEqual([{ a: 'late' }]);
  });

  itOfMariadb.each([
    ['may not create users', ['ALL ON `shop\\_copy`.* TO WITH GRANT OPTION'], /: it may not create users$/],
    [
      'may not see users',
      ['ALL ON `shop\\_copy`.* TO WITH GRANT OPTION', 'CREATE USER ON *.* TO'],
      /may not read mysql\.user/,
    ],
    [
      'may not pass its rights on',
      ['ALL ON `shop\\_copy`.* TO', 'SELECT ON mysql.user TO', 'CREATE USER ON *.* TO'],
      /may not grant its rights on `shop_copy`: /,
    ],
  ])('is not made if the connection’s user %s, with a NOTE', async (_, grants, reason) => {
    const as = await userWith(...grants);
    const lines = await load("INSERT INTO t VALUES ('x', 1);", { as });
    expect(notes(lines)).toEqual([
      expect.stringMatching(/^NOTE: operator loads tables and rows with all of its rights: /),
    ]);
    expect(notes(lines)[0]).toMatch(reason);
    expect(await session.rows(`SELECT a FROM ${TARGET}.t`)).toEqual([{ a: 'x' }]);
  });

  it('needs only the documented privileges of the connection’s user', async () => {
    const as = await userWith(
      'ALL ON `shop\\_copy`.* TO WITH GRANT OPTION',
      'CREATE USER ON *.* TO',
      'SELECT ON mysql.user TO',
    );
    expect(notes(await load("INSERT INTO t VALUES ('x', 1);", { as }))).toEqual([]);
  });

  it('has no temporary user on a read-only server, or if it may not set a variable', async () => {
    await session.rows('SET GLOBAL read_only = ON');
    const lines = await load("INSERT INTO t VALUES ('x', 1);").finally(() =>
      session.rows('SET GLOBAL read_only = OFF'),
    );
    expect(notes(lines)[0]).toContain('the server is read-only');
    if (dbType === 'mariadb') return;
    const dump = `/*!80013 SET SESSION sql_require_primary_key = 0 */;\n${HEAD}${TAIL}`;
    await session.rows(`DROP TABLE ${TARGET}.t`);
    expect(notes(await load(Readable.from([Buffer.from(dump)])))[0]).toMatch(/sets? sql_require_primary_key/);
  });

  it('has privileges only on the target if names in grants are literal', async ({ skip }) => {
    if (dbType === 'mariadb') skip();
    await session.rows('SET GLOBAL partial_revokes = ON');
    try {
      const lines = await load("INSERT INTO t VALUES ('x', 1);");
      expect(notes(lines)).toEqual([]);
      await emptyDatabase(server, TARGET);
      await expect(load(`DROP TABLE ${VICTIM}.v;`)).rejects.toThrow('ERROR 1142');
    } finally {
      await session.rows('SET GLOBAL partial_revokes = OFF');
    }
  });
});

async function* endless(): AsyncGenerator<Buffer> {
  yield Buffer.from(HEAD);
  for (;;) {
    // enough to keep a session busy: the end of an idle one isn't noticed
    yield Buffer.from("INSERT INTO t VALUES ('x', 1);\n".repeat(1000));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
