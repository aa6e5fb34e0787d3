/** A load over several sessions leaves what the plain client would. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSession } from '../../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../../lib/local/servers/throwaway.ts';
import { everyCase, itIf } from '../../../support/every-case.ts';
import {
  dumpOfStatements,
  emptyDatabase,
  loadBothWays,
  loadWithClient,
  loadWithEngine,
  withDump,
} from '../../../support/mysql-load.ts';
import { NO_MYSQL, startServer } from '../../../support/servers.ts';
import { shapes } from '../../../support/shapes/mysql-shapes.ts';
import { fixtureDump } from '../dump-support.ts';

/** Options of the dump tools: what they change is the same with both. */
const WAYS: [how: string, args: string[]][] = [
  ['one row per INSERT', ['--skip-extended-insert']],
  ['columns named', ['--complete-insert']],
  ['without locks and keys switched off', ['--skip-add-locks', '--skip-disable-keys']],
  ['in transactions', ['--no-autocommit']],
  ['as REPLACE', ['--replace']],
  ['as INSERT IGNORE', ['--insert-ignore']],
  ['in latin1', ['--default-character-set=latin1']],
  ['tables not dropped first', ['--skip-add-drop-table']],
];

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  // the sample contains, for MySQL, what its own dumps, locks and rights affect
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

  const chunks = (dump: Buffer) => Readable.from([dump]) as AsyncIterable<Buffer>;
  const source = (statements: string[], extraArgs: string[] = []) => dumpOfStatements(server, statements, extraArgs);
  const loadBoth = (dump: Buffer, sessions: number) => loadBothWays(server, dump, sessions);
  const dumpOf = (database: string) => withDump(server, database, (dump) => buffer(dump));

  it.each(everyCase([4], [1]))('loads a table of every shape with %i sessions', async (sessions) => {
    const told = await loadBoth(await source(shapes(dbType)), sessions);
    const plan = told.filter((line) => line.includes('loading'));
    expect(plan).toEqual([expect.stringMatching(/^NOTE: loading with .*, each table's keys after its rows/)]);
  });

  itOfMariadb.each(WAYS)('loads every shape, dumped %s', async (_, args) => {
    const hard = args.includes('--default-character-set=latin1') ? /ключ/ : /^$/; // not to be written in it
    const dump = await source(
      shapes(dbType).filter((one) => !hard.test(one)),
      args,
    );
    await emptyDatabase(server, 'serial');
    await loadWithClient(server, 'serial', Readable.from([dump]));
    await emptyDatabase(server, 'parts');
    await loadWithEngine(server, 'parts', chunks(dump), { sessions: 3 });
    expect((await dumpOf('parts')).toString('latin1')).toBe((await dumpOf('serial')).toString('latin1'));
  });

  it('loads the fixture', async () => {
    const session = await openSession(server);
    await session.rows("CREATE USER IF NOT EXISTS 'root'@'localhost'"); // who made its objects
    await session.end();
    await loadBoth(fixtureDump(dbType === 'mariadb' ? '9b04' : '9b06'), 3);
  });

  const HEAD =
    "/*!40014 SET UNIQUE_CHECKS=0 */;\n/*!40014 SET FOREIGN_KEY_CHECKS=0 */;\n/*!40101 SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;\n";
  const TABLE =
    '\nCREATE TABLE `t` (\n  `id` int NOT NULL,\n  `a` int,\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `a` (`a`)\n) ENGINE=InnoDB;\n';
  const wide = (from: number) =>
    `INSERT INTO \`t\` VALUES ${Array.from({ length: 60_000 }, (_, at) => `(${from + at},${from + at})`).join(',\n')};\n`;
  const load = (dump: string, sessions = 3) =>
    emptyDatabase(server, 'parts').then(() => loadWithEngine(server, 'parts', chunks(Buffer.from(dump)), { sessions }));

  itOfMariadb.each(everyCase([3], [1]))(
    'names table and line of a duplicate in a key that came after the rows, with %i sessions',
    async (sessions) => {
      const dump = `${HEAD}${TABLE}INSERT INTO \`t\` VALUES (1,5),(2,5);\nDROP TABLE IF EXISTS \`u\`;\n`;
      await expect(load(dump, sessions)).rejects.toMatchObject({
        name: 'RestoreError',
        message: expect.stringMatching(
          /^ERROR 1062 \(23000\) at line 5: Duplicate entry '5' for key .* \(table `t`\)$/,
        ),
        hint: expect.stringContaining('find the row that the source has twice'),
      });
    },
  );

  itOfMariadb.each(everyCase([3], [1]))(
    'names table and line of an INSERT that fails in any of %i sessions',
    async (sessions) => {
      const rows = [0, 1, 2, 3, 4].map((n) => wide(n * 60_000)).join('\n');
      const line = `${HEAD}${TABLE}${rows}`.split('\n').length;
      const dump = `${HEAD}${TABLE}${rows}INSERT INTO \`t\` VALUES (7,7);\n${wide(300_000)}UNLOCK TABLES;\n`;
      await expect(load(dump, sessions)).rejects.toMatchObject({
        message: expect.stringMatching(
          new RegExp(`^ERROR 1062 \\(23000\\) at line ${line}: Duplicate entry '7' .* \\(table \`t\`\\)$`),
        ),
      });
    },
  );

  itOfMariadb('makes a trigger when the one of its name is gone', async () => {
    // three keys that the first session is still busy with
    const large = TABLE.replace('\n)', ',\n  KEY `b` (`a`,`id`),\n  KEY `c` (`id`,`a`)\n)') + wide(0);
    const small = `${TABLE.replace('`t`', '`u`')}INSERT INTO \`u\` VALUES (1,1);\n`;
    const trigger = 'CREATE TRIGGER `x` BEFORE INSERT ON `u` FOR EACH ROW SET @x = 1;\n';
    await load(`${HEAD}${large}${small}/*!50032 DROP TRIGGER IF EXISTS x */;\n${trigger}`);
    const session = await openSession(server, 'parts');
    const triggers = await session.rows('SHOW TRIGGERS');
    await session.end();
    expect(triggers).toHaveLength(1);
  });

  it("never lets two sessions wait for each other's partitions", async () => {
    const table =
      'CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `a` int,\n  `b` longtext,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB\n PARTITION BY HASH (`id`) PARTITIONS 3;\n';
    const pad = 'x'.repeat(600_000); // a batch for each INSERT
    const rows = Array.from({ length: 24 }, (_, at) => {
      const [first, second] = at % 2 === 0 ? [1, 2] : [2, 1]; // the same two partitions in the other order
      return `(${6 * at + first},0,'${pad}'),(${6 * at + second},0,'${pad}')`;
    });
    await load(`${HEAD}${table}${rows.map((row) => `INSERT INTO \`t\` VALUES ${row};\n`).join('')}`);
  });

  async function* slowly(): AsyncGenerator<Buffer> {
    const procedure = 'CREATE PROCEDURE `p`() SELECT 1;\n';
    yield Buffer.from(`${HEAD}${TABLE}${procedure}INSERT INTO \`t\` VALUES (1,1);\n`);
    await sleep(2500);
    yield Buffer.from(
      `INSERT INTO \`t\` VALUES (2,2);\nSET foreign_key_checks = 0;\n${procedure.replace('`p`', '`q`')}`,
    );
  }

  itOfMariadb('keeps a session for which there is nothing to do for a while', async () => {
    const session = await openSession(server);
    await session.rows('SET GLOBAL wait_timeout = 1');
    try {
      await emptyDatabase(server, 'parts');
      await loadWithEngine(server, 'parts', slowly(), { sessions: 3 });
    } finally {
      await session.rows('SET GLOBAL wait_timeout = DEFAULT');
      await session.end();
    }
  });

  itOfMariadb('names the line of an unsplit dump', async () => {
    await expect(load(`-- MySQL dump\n${TABLE}\nINSERT INTO \`t\` VALUES (1,1),(1,1);\n`)).rejects.toThrow(
      /^ERROR 1062 .* at line 10: /,
    );
    await expect(
      load(
        `${HEAD}${TABLE}INSERT INTO \`t\` VALUES (1,1);\nREPLACE INTO \`t\` VALUES (2,2);\n\n\nREPLACE INTO \`t\` VALUES (1);\n`,
      ),
    ).rejects.toThrow(/^ERROR 1136 .* at line 15: /);
  });

  itOfMariadb('says which way it loads', async () => {
    expect(await load(`-- MySQL dump\n${TABLE}`)).toEqual([expect.stringContaining('loading it unchanged')]);
    expect(await load(`${HEAD}${TABLE}INSERT IGNORE INTO \`t\` VALUES (1,1);\n`)).toEqual([
      expect.stringContaining('loading with 3 sessions at once'),
      expect.stringMatching(/^NOTE: line 11: INSERT: loading the rest unchanged/),
    ]);
  });

  it('makes do with the sessions that the server allows', async () => {
    const session = await openSession(server);
    await session.rows("CREATE USER few@'%' IDENTIFIED BY 'few' WITH MAX_USER_CONNECTIONS 3");
    await session.rows('GRANT ALL ON parts.* TO few');
    await session.end();
    await emptyDatabase(server, 'parts');
    const few = { ...server, username: 'few', password: 'few' };
    const dump = chunks(Buffer.from(`${HEAD}${TABLE}${wide(0)}`));
    expect(await loadWithEngine(few, 'parts', dump, { sessions: 4 })).toEqual([
      expect.stringMatching(/^few@% has 2 of its max_user_connections left; .* is slower with fewer/),
      'NOTE: few loads tables and rows with all of its rights: it may not create users',
      expect.stringMatching(/loading with [23] sessions at once/),
    ]);
  });

  itOfMariadb('ends every session when it is stopped, or when the dump fails', async () => {
    const stop = new AbortController();
    const began = Promise.withResolvers<void>();
    async function* endless(failure?: Error) {
      yield Buffer.from(`${HEAD}${TABLE}`);
      for (let n = 0; ; n++) {
        if (n === 4 && failure !== undefined) throw failure;
        if (n === 4) began.resolve();
        yield Buffer.from(wide(n * 60_000));
      }
    }
    const sessions = async () => {
      const session = await openSession(server);
      const rows = await session.rows("SELECT id FROM information_schema.processlist WHERE db = 'parts'");
      await session.end();
      return rows;
    };
    await emptyDatabase(server, 'parts');
    const stopped = loadWithEngine(server, 'parts', endless(), { sessions: 3, signal: stop.signal });
    began.promise.then(() => stop.abort(new Error('stopped by hand')));
    await expect(stopped).rejects.toThrow('stopped by hand');
    expect(await sessions()).toEqual([]);
    await emptyDatabase(server, 'parts');
    const failed = loadWithEngine(server, 'parts', endless(new Error('the storage hung up')), { sessions: 3 });
    await expect(failed).rejects.toThrow('the storage hung up');
    expect(await sessions()).toEqual([]);
  });
});
