/** Mutants of what mysqldump and mariadb-dump write, and a server to load them into. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { MysqlDumpFilter } from '../../../lib/engines/mysql/rules/mysql-dump-filter.ts';
import { readHead } from '../../../lib/formats/mysql-dump/judge/statement-head.ts';
import { Tokens } from '../../../lib/formats/mysql-dump/reader/tokens.ts';
import { openSession } from '../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { pieces, target } from '../../engines/mysql/dump-support.ts';
import { attacksWith, SECRET } from '../../hostile/attacks-mysql.ts';
import { randomNumbers } from '../chunks.ts';
import { dumpOfStatements, emptyDatabase, loadWithEngine, withDump } from '../mysql-load.ts';
import { startServer } from '../servers.ts';
import { type MutantSource, refusalOf } from './mutant-source.ts';
import { type MutationKit, mutate } from './mutants.ts';

const SCHEMA = [
  'CREATE TABLE t (a text, b int)',
  "INSERT INTO t VALUES ('one',1),('it''s; \"x\" -- \\\\',2),('',NULL)",
  "CREATE TABLE u (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, e enum('a','b;') DEFAULT 'a', n varchar(90) GENERATED ALWAYS AS (concat(e,'-;')) VIRTUAL, at timestamp NULL DEFAULT CURRENT_TIMESTAMP, raw blob, CONSTRAINT c CHECK (e <> ';'), KEY k (e)) COMMENT='a \"comment\"; with ''quotes'''",
  "INSERT INTO u (e, raw) VALUES ('a',x'00275c0a1a22'),('b;',NULL)",
  "CREATE VIEW v AS SELECT a, '; --' AS odd FROM t WHERE a <> ';'",
  "CREATE FUNCTION f(x int) RETURNS int DETERMINISTIC COMMENT 'x;y' BEGIN DECLARE y int; /* ; */ SET y = x; RETURN IF(y = 1, 2, y); END",
  "CREATE PROCEDURE p(x int) BEGIN IF x = 1 THEN SELECT ';'; END IF; END",
  'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.b = NEW.b + 1; END',
  "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO DELETE FROM t WHERE b < 0",
];

/** Every statement of the dump but those of settings and delimiters; a place before one is never within a string. */
const INSERT = /^INSERT INTO/gm;
const MODES = ['NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES', 'ANSI', 'STRICT_ALL_TABLES', 'IGNORE_SPACE', 'PIPES_AS_CONCAT'];
const CHARACTER_SETS = [
  'gbk',
  'sjis',
  'big5',
  'cp932',
  'gb18030',
  'latin1',
  'utf8mb4',
  'utf8',
  'binary',
  'ucs2',
  'ujis',
  'euckr',
];
const ROW = "('one',1)";

/** @param file the server can read: it has the secret; @param newFile that doesn't exist, in a place where the server may write. */
function kitFor(file: string, newFile: string): MutationKit {
  const inRow = (value: (payload: string) => string) => (dump: string, payload: string) =>
    dump.replace(ROW, () => `(${value(payload)},1)`);
  const before = (statement: (payload: string) => string) => (dump: string, payload: string) =>
    dump.replace(INSERT, (insert) => `${statement(payload)}\n${insert}`);
  return {
    payloads: [
      ...['DROP TABLE victim.v', 'DROP DATABASE victim', 'SET GLOBAL max_connections = 77'],
      ...["CREATE USER evil@'%'", "GRANT ALL ON victim.* TO witness@'%'", "INSERT INTO victim.v VALUES ('planted')"],
      ...[`INSERT INTO t VALUES (LOAD_FILE('${file}'),1)`, 'INSERT INTO t SELECT a,1 FROM victim.v'],
      ...[`SELECT 1 INTO OUTFILE '${newFile}'`, `LOAD DATA LOCAL INFILE '${file}' INTO TABLE t (a)`],
    ],
    spellings: [
      (dump) => dump.replace(/\b(CREATE|TABLE|INSERT|INTO|VALUES|KEY)\b/g, (word) => word.toLowerCase()),
      (dump) => dump.replace(INSERT, "INSERT /* it's; */ INTO"),
      (dump) => dump.replace(INSERT, '/*!50000 INSERT */ INTO'),
      (dump) => dump.replace(INSERT, 'INSERT /*!50000 IGNORE*/ INTO'),
      (dump) => dump.replaceAll('\r', '').replaceAll('\n', '\r\n'),
      before((payload) => `-- '; ${payload};`),
      before((payload) => `# "; ${payload};`),
      before((payload) => `/* '; ${payload}; */`),
      before(() => 'SET NAMES latin1;'),
      before(() => "/*!40101 SET @kept = @@sql_mode, sql_mode = 'NO_AUTO_VALUE_ON_ZERO' */;"),
      (dump) =>
        dump.replace(/^INSERT INTO `t` VALUES .*$/m, (insert) => `DELIMITER //\n${insert.slice(0, -1)}//\nDELIMITER ;`),
      (dump, payload) =>
        dump.replace(
          /^INSERT INTO `t` VALUES .*$/m,
          (insert) =>
            `SET @kept = @@sql_mode;\nSET sql_mode = 'NO_BACKSLASH_ESCAPES';\nINSERT INTO \`t\` VALUES ('\\',5),('; ${payload.replaceAll("'", "''")}; -- ',6);\nSET sql_mode = @kept;\n${insert}`,
        ),
      inRow((payload) => `'\\'); ${payload.replaceAll("'", "''")}; -- '`),
      inRow((payload) => `'''); ${payload.replaceAll("'", "\\'")}; -- '`),
      inRow((payload) => `"'); ${payload}; -- "`),
      inRow((payload) => `_utf8mb4'\\\\' '\\'); ${payload.replaceAll("'", "''")}; -- '`),
      inRow((payload) => `0x${Buffer.from(payload).toString('hex')}`),
      inRow((payload) => `CONVERT('${payload.replaceAll("'", "''")}' USING utf8mb4)`),
    ],
    literals: [
      (payload) => `'x\\\\',1); ${payload}; -- '`,
      (payload) => `'x\\',1); ${payload}; -- '`,
      (payload) => `'x''',1); ${payload}; -- '`,
      (payload) => `'x\\'',1); ${payload}; -- '`,
      (payload) => `"x\\",1); ${payload}; -- "`,
      (payload) => `'x',1) /*!99999 ; */; ${payload}; -- '`,
      (payload) => `'x' /*! ,1); ${payload}; -- */`,
      (payload) => `'\xbf\\',1); ${payload}; -- ',1)`,
      (payload) => `'\x83\\',1); ${payload}; -- ',1)`,
      (payload) => `N'x\\'; ${payload}; -- '`,
      (payload) => `x'41' '\\'); ${payload}; -- '`,
      () => `LOAD_FILE('${file}')`,
      () => '(SELECT a FROM victim.v LIMIT 1)',
      () => '@@version',
    ],
    statements: [
      ...attacksWith(file).map(
        ({ sql }) =>
          () =>
            `${sql}\n`,
      ),
      (payload) => `${payload};\n`,
      (payload) => `/*!50000 ${payload} */;\n`,
      (payload) => `/*!99999 ${payload} */;\n`,
      (payload) => `/*M!100000 ${payload} */;\n`,
      (payload) => `/*!50000 SELECT 1 */ /*!99999 ; */ /*!50000 ; ${payload} */;\n`,
      (payload) => `/* /*! */ ${payload}; /* */\n`,
      (payload) => `INSERT INTO t VALUES ('x',1) ON DUPLICATE KEY UPDATE a = 'x\\'; ${payload}; -- ';\n`,
      (payload) => `DELIMITER //\nINSERT INTO t VALUES ('x',1); ${payload}//\nDELIMITER ;\n`,
      (payload) => `DELIMITER ${payload.slice(0, 4)}\n`,
      (payload) => `\\! touch ${newFile}\n${payload};\n`,
      () => `system touch ${newFile}\n`,
      () => `\\. ${file}\nsource ${file}\n`,
      () => 'DELIMITER //\n',
      () => 'DELIMITER ;\n',
      () => 'USE victim;\nDROP TABLE v;\n',
      ...MODES.flatMap((mode) => [
        () => `SET sql_mode = '${mode}';\n`,
        () => `/*!50003 SET sql_mode = '${mode}' */ ;\n`,
        (payload: string) => `SET sql_mode = '${mode}';\nINSERT INTO t VALUES ('\\',1); ${payload}; -- ',1);\n`,
        (payload: string) =>
          `/*!99999 SET sql_mode = '${mode}' */;\nINSERT INTO t VALUES ('\\',1),(',1); ${payload}; -- ',1);\n`,
      ]),
      ...CHARACTER_SETS.flatMap((name) => [
        () => `SET NAMES ${name};\n`,
        () => `SET character_set_client = ${name};\n`,
        (payload: string) =>
          `/*!50503 SET NAMES ${name} */;\nINSERT INTO t VALUES ('\x83\\',1); ${payload}; -- ',1);\n`,
      ]),
    ],
    pieces: [
      ...[
        "'",
        "''",
        "\\'",
        '\\',
        '\\\\',
        '"',
        '`',
        '--',
        '-- ',
        '#',
        '/*',
        '*/',
        '/*!',
        '/*!50000 ',
        '/*!99999 ',
        '/*M! ',
      ],
      ...['\n', '\r', ';', ';;', '(', ')', ' ', '_binary ', "N'", "x'", '@@', 'DELIMITER //\n', 'CASE ', ' END'],
    ],
    closers: [
      ...[
        "'",
        "\\'",
        "''",
        '"',
        '`',
        '*/',
        ')',
        ',1)',
        "',1)",
        "'x')",
        'END',
        ' ;;',
        '//',
        '\n',
        "'\n",
        '\\\\',
        '*/ ;',
      ],
    ],
  };
}

/** Statements with a body, in which the judge leaves everything alone: the product sends each by itself, after all rows. */
const WITH_BODY = /^CREATE (EVENT|FUNCTION|LIBRARY|PACKAGE|PROCEDURE|TRIGGER)$/;

interface Sent {
  /** All others, as one stream. */
  stream: Buffer;
  withBody: { modes: string; text: string }[];
}

function sentOf(dump: Buffer, dbType: 'mysql' | 'mariadb'): Sent {
  const filter = new MysqlDumpFilter(target({ dbType, database: 'target', hasCollation: () => true }));
  const stream: Buffer[] = [];
  const withBody: Sent['withBody'] = [];
  for (const piece of pieces(dump)) {
    const bytes = filter.apply(piece);
    if (piece.kind !== 'statement' || !WITH_BODY.test(readHead(new Tokens(piece)).what)) stream.push(bytes);
    else {
      const { backslashEscapes, ansiQuotes } = piece.mode;
      const modes = [...(backslashEscapes ? [] : ['NO_BACKSLASH_ESCAPES']), ...(ansiQuotes ? ['ANSI_QUOTES'] : [])];
      withBody.push({ modes: modes.join(), text: piece.text.toString() });
    }
  }
  return { stream: Buffer.concat(stream), withBody };
}

/** @returns whether the server took all of them */
async function makeDefinitions(server: RunningServer, definitions: Sent['withBody']): Promise<boolean> {
  const session = await openSession(server, 'target');
  try {
    for (const { modes, text: definition } of definitions) {
      await session.rows(`SET sql_mode = '${modes}'`);
      await session.rows(definition);
    }
    return true;
  } catch {
    return false;
  } finally {
    await session.end();
  }
}

/** @returns undefined if there is no such server */
export async function mysqlMutants(dbType: 'mysql' | 'mariadb'): Promise<MutantSource | undefined> {
  const started = await startServer(dbType, ['--secure-file-priv=', '--local-infile=1', '--event-scheduler=OFF']);
  if (started === undefined) return undefined;
  const server: RunningServer = started;
  const directory = await mkdtemp('/tmp/jagad-mutants-');
  await chmod(directory, 0o777);
  const file = join(directory, 'secret');
  const newFile = join(directory, 'new');
  await writeFile(file, `${SECRET}\n`, { mode: 0o644 });
  const session = await openSession(server);
  const dumps = [
    await dumpOfStatements(server, SCHEMA, ['--comments']),
    await dumpOfStatements(server, SCHEMA, ['--comments', '--skip-extended-insert', '--hex-blob']),
  ];
  await session.rows("CREATE USER witness@'%' IDENTIFIED BY 'x'");
  await session.rows('CREATE DATABASE victim');
  for (const statement of ['v (a text)', 'my (a int) ENGINE=MyISAM', 'parent (a int PRIMARY KEY)'])
    await session.rows(`CREATE TABLE victim.${statement}`);
  await session.rows(`INSERT INTO victim.v VALUES ('${SECRET}')`);
  if (dbType === 'mariadb') await session.rows('CREATE SEQUENCE victim.s');
  const kit = kitFor(file, newFile);
  const source: MutantSource = {
    name: dbType,
    server,
    mutant: (seed) => {
      const random = randomNumbers(seed);
      return mutate(dumps[seed % dumps.length] as Buffer, kit, random);
    },
    refusal: (dump) => refusalOf(dump, dbType),
    hasAttack: (dump) => kit.payloads.some((payload) => dump.includes(payload)),
    async load(dump, seed) {
      await emptyDatabase(server, 'target');
      await session.rows('CREATE VIEW target.old_view AS SELECT * FROM victim.v');
      // by the product, and by the client to which it is only a stream
      if (seed % 2 === 0) {
        const loaded = loadWithEngine(server, 'target', Readable.from([dump]) as AsyncIterable<Buffer>, {
          sessions: 2,
        });
        return loaded.then(
          () => true,
          () => false,
        );
      }
      const client =
        server.binDir === undefined ? dbType : join(server.binDir, dbType === 'mysql' ? 'mysql' : 'mariadb');
      const { host, port, username, password } = server;
      const { stream, withBody } = sentOf(dump, dbType);
      const { status } = spawnSync(
        client,
        [
          '--no-defaults',
          '-h',
          host,
          '-P',
          String(port),
          '-u',
          username,
          '--binary-mode',
          '--local-infile=0',
          'target',
        ],
        { input: stream, env: { PATH: process.env.PATH, MYSQL_PWD: password } },
      );
      const isMade = await makeDefinitions(server, withBody);
      return status === 0 && isMade;
    },
    async witnesses() {
      await session.rows('DROP VIEW IF EXISTS target.old_view, target.w').catch(() => undefined);
      const rows = (sql: string) => session.rows(sql).catch((error: Error) => error.message);
      const quiet = dbType === 'mysql' ? ['--set-gtid-purged=OFF'] : [];
      const dumped = withDump(server, 'target', (made) => text(made), quiet);
      return {
        tables: await rows('SHOW TABLES IN victim'),
        rows: [await rows('SELECT * FROM victim.v'), await rows('SELECT * FROM victim.my')],
        next: dbType === 'mariadb' ? await rows('SELECT next_not_cached_value FROM victim.s') : undefined,
        keys: await rows(
          "SELECT * FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA = 'victim'",
        ),
        routines: await rows("SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'victim'"),
        databases: await rows(
          "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT LIKE 'target%' ORDER BY 1",
        ),
        users: await rows("SELECT User FROM mysql.user WHERE User NOT LIKE 'jagad%' ORDER BY 1"),
        rights: await rows('SHOW GRANTS FOR witness'),
        connections: await rows('SELECT @@GLOBAL.max_connections AS n, @@GLOBAL.sort_buffer_size AS m'),
        file: existsSync(newFile),
        hasSecret: (await dumped.catch(() => '')).includes(SECRET),
      };
    },
    async stop() {
      await session.end();
      await server.stop();
      await rm(directory, { recursive: true });
    },
  };
  return source;
}
