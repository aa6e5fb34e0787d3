/**
 * Each finding on real servers: it refuses the restore while the target is untouched; the statement that it names
 * removes it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusedInStrictMode } from '../../../lib/engines/mysql/rules/preflight/strict-mode.ts';
import { mysqlFindings } from '../../../lib/engines/mysql/rules/preflight.ts';
import { readServerFacts } from '../../../lib/engines/mysql/session/server-facts.ts';
import { connectMysql } from '../../../lib/engines/mysql/session/session.ts';
import { FINDINGS, type FindingId } from '../../../lib/engines/preflight/findings.ts';
import type { MysqlTable } from '../../../lib/formats/dump-contents.ts';
import { openSession } from '../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { dumpOfStatements, emptyDatabase, loadWithEngine } from '../../support/mysql-load.ts';
import { aConnection } from '../../support/records.ts';
import { NO_MYSQL, startServer } from '../../support/servers.ts';
import { contentsOf, randomBelow } from './dump-support.ts';

/** A dump that comes slower than this is not read ahead any further. */
const SLOW_MS = 2500;

/** An open transaction counts after 5 s. */
const HELD_MS = 6000;
const STRICT_ROUNDS = 60;
const COLUMN_TYPES = [
  ...['int', 'bigint NOT NULL', 'tinyint', 'double', 'float', 'decimal(20,5)', 'datetime(6)', 'time', 'timestamp NULL'],
  ...["enum('a','b')", "set('a','b','c')", 'bit(9)', 'char(90)', 'binary(40)', 'char(30) CHARACTER SET utf8mb4'],
  ...['varchar(30)', 'varchar(39)', 'varchar(40)', 'varchar(120) NOT NULL', 'varchar(255)', 'varchar(256)'],
  ...['varchar(63) CHARACTER SET utf8mb4', 'varchar(64) CHARACTER SET utf8mb4', 'varbinary(200)', 'text', 'tinytext'],
  ...['longblob', 'json', 'year', 'date'],
];

const chunks = (dump: Buffer) => Readable.from([dump]) as AsyncIterable<Buffer>;

/** A table that the dump replaces: it must be unchanged after a refusal. */
const LIVE = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (41)'];
const FIRST = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (1), (2)'];

/** What InnoDB only creates if it isn't strict; MySQL's dumps don't show the row formats that it ignores. */
const LAX = [
  `CREATE TABLE wide (id int PRIMARY KEY, ${Array.from({ length: 200 }, (_, at) => `c${at} varchar(${at < 199 ? 40 : 64})`).join(', ')}) DEFAULT CHARSET=latin1`,
  "CREATE TABLE fixed (id int PRIMARY KEY) COMMENT='ROW_FORMAT=FIXED'",
  "CREATE TABLE blocks (id int PRIMARY KEY) COMMENT='ROW_FORMAT=DYNAMIC KEY_BLOCK_SIZE=8'",
];
const withFormats = (dump: string) => dump.replaceAll(/COMMENT='(ROW_FORMAT[^']*)'/g, '$1');

interface Case {
  name: string;
  id: FindingId;
  on: ('mariadb' | 'mysql')[];
  /** What the dump contains besides a_first. */
  dump: string[];
  /** What becomes of its text. */
  edited?: (dump: string) => string;
  /** What is done in the target before. */
  target?: string[];
  /** Global settings of the target. */
  settings?: Record<string, string>;
  /** A user who loads, instead of root, has these rights on the database. */
  rights?: string;
  /** And these on the server. */
  powers?: string;
  also?: string[];
  /** If no statement removes it: the dump before it was edited restores. */
  remedy?: 'edited';
  /** If it doesn't refuse: what the log says of it. */
  outcome?: 'setting' | 'warning';
  message: RegExp;
  /** How many lines say so; one if not said. */
  lines?: number;
  /** A query after it, and the value of its column `found`. */
  after?: [query: string, found: string];
}

const CASES: Case[] = [
  {
    name: 'a table without a primary key',
    id: 'mysql-require-primary-key',
    on: ['mysql'],
    dump: ['CREATE TABLE keyless (id int, UNIQUE KEY u (id))', 'INSERT INTO keyless VALUES (1)'],
    settings: { sql_require_primary_key: 'ON' },
    rights: 'ALL',
    message: /\(sql_require_primary_key\), but the dump has none on keyless$/,
  },
  {
    name: 'a table without a primary key, for a user who may set it',
    id: 'mysql-require-primary-key',
    on: ['mysql'],
    dump: ['CREATE TABLE keyless (id int, KEY u (id))', 'INSERT INTO keyless VALUES (1)'],
    settings: { sql_require_primary_key: 'ON' },
    outcome: 'setting',
    message: /has none on keyless; the sessions of this restore run: SET SESSION sql_require_primary_key = OFF$/,
  },
  {
    name: 'tables that strict mode refuses',
    id: 'mysql-strict-mode',
    on: ['mysql'],
    dump: ['SET SESSION innodb_strict_mode = OFF', ...LAX],
    edited: withFormats,
    settings: { innodb_strict_mode: 'ON' },
    rights: 'ALL',
    message:
      /: blocks \(KEY_BLOCK_SIZE with ROW_FORMAT=DYNAMIC\), fixed \(ROW_FORMAT=FIXED\), wide \(a row may have 8247 bytes/,
  },
  {
    name: 'tables that strict mode refuses, for a user who may set it',
    id: 'mysql-strict-mode',
    on: ['mariadb', 'mysql'],
    dump: ['SET SESSION innodb_strict_mode = OFF', ...LAX],
    edited: withFormats,
    settings: { innodb_strict_mode: 'ON' },
    outcome: 'setting',
    message: /: blocks .*, fixed .*, wide .* run: SET SESSION innodb_strict_mode = OFF$/,
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
    rights: 'ALL',
    outcome: 'setting',
    message: /\(restrict_fk_on_non_standard_key\).*: action_product of table action \(to product\); .* = OFF$/,
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
  {
    name: 'numbered foreign keys',
    id: 'mysql-constraint-renamed',
    on: ['mariadb', 'mysql'],
    dump: [
      'CREATE TABLE one (id int PRIMARY KEY, p int, CONSTRAINT `1` FOREIGN KEY (p) REFERENCES a_first (id))',
      'CREATE TABLE two (id int PRIMARY KEY, p int, q int, CONSTRAINT `x` FOREIGN KEY (p) REFERENCES a_first (id))',
    ],
    edited: (dump) => dump.replaceAll('CONSTRAINT `x`', 'CONSTRAINT `1`'),
    outcome: 'warning',
    message: /^constraint `1` of table `two` is restored as `two_1`: /,
    after: [
      "SELECT GROUP_CONCAT(CONSTRAINT_NAME ORDER BY CONSTRAINT_NAME) AS found FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = 'parts'",
      '1,two_1',
    ],
  },
  {
    name: 'a foreign key and a check of a table that stays',
    id: 'mysql-constraint-renamed',
    on: ['mysql'],
    dump: [
      'CREATE TABLE two (id int PRIMARY KEY, p int, CONSTRAINT fk FOREIGN KEY (p) REFERENCES a_first (id), CONSTRAINT ck CHECK (p > 1))',
    ],
    target: [
      'CREATE TABLE stays (id int PRIMARY KEY, p int, CONSTRAINT FK FOREIGN KEY (p) REFERENCES a_first (id), CONSTRAINT ck CHECK (p > 0))',
    ],
    outcome: 'warning',
    message: /^constraint `(fk|ck)` of table `two` is restored as `two_(fk|ck)`: /,
    lines: 2,
    after: [
      "SELECT GROUP_CONCAT(CONSTRAINT_NAME ORDER BY CONSTRAINT_NAME) AS found FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = 'parts' AND TABLE_NAME = 'two'",
      'PRIMARY,two_ck,two_fk',
    ],
  },
  {
    name: 'a parent that is nowhere',
    id: 'mysql-parent-missing',
    on: ['mariadb', 'mysql'],
    dump: [
      'SET foreign_key_checks = 0',
      'CREATE TABLE hits (id int PRIMARY KEY, p int, CONSTRAINT f FOREIGN KEY (p) REFERENCES masters (id))',
    ],
    outcome: 'warning',
    message: /^the foreign key `f` of `hits` refers to `masters`, which is neither /,
  },
  {
    name: 'a definer who is a system user, for a user who is none',
    id: 'mysql-system-definer',
    on: ['mysql'],
    dump: ['CREATE VIEW seen AS SELECT id FROM a_first', 'CREATE PROCEDURE p() SELECT 1'],
    rights: 'ALL',
    powers: 'SET_ANY_DEFINER, CREATE USER',
    also: ['GRANT SELECT ON mysql.* TO lim'],
    outcome: 'warning',
    message: /^system users define view seen, procedure p \(root@%\), and lim is none: /,
    after: ["SELECT DEFINER AS found FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'parts'", 'lim@%'],
  },
  {
    name: 'an engine that the server lacks',
    id: 'mysql-engine-missing',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE rocks (id int PRIMARY KEY, v int)', 'INSERT INTO rocks VALUES (1, 1)'],
    edited: (dump) => dump.replace(/(TABLE `rocks`[^;]*)ENGINE=InnoDB/, '$1ENGINE=ROCKSDB'),
    outcome: 'warning',
    message: /lacks the storage engine ROCKSDB: table `rocks` and its rows are restored into InnoDB$/,
  },
  {
    name: 'an engine whose place InnoDB cannot take',
    id: 'mysql-engine-refused',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE counted (kind int, id int AUTO_INCREMENT, PRIMARY KEY (kind, id)) ENGINE=MyISAM'],
    edited: (dump) => dump.replace(/(TABLE `counted`[^;]*)ENGINE=MyISAM/, '$1ENGINE=ROCKSDB'),
    message: /InnoDB does not take these tables, .*: counted \(ROCKSDB\)$/,
    remedy: 'edited',
  },
  {
    name: 'an encrypted table',
    id: 'mysql-encryption',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE secret (id int PRIMARY KEY)'],
    edited: (dump) =>
      dump.replace(
        /(TABLE `secret`[^;]*)ENGINE=InnoDB/,
        `$1ENGINE=InnoDB /*!80016 ENCRYPTION='Y' */ /*M! \`ENCRYPTED\`=YES */`,
      ),
    message: /^the dump has encrypted tables, and the server has no keys for them: secret$/,
    remedy: 'edited',
  },
  {
    name: 'a tablespace that the server lacks',
    id: 'mysql-tablespace',
    on: ['mysql'],
    dump: ['CREATE TABLE apart (id int PRIMARY KEY)'],
    edited: (dump) =>
      dump.replace(/(TABLE `apart`[^;]*)ENGINE=InnoDB/, '$1/*!50100 TABLESPACE `gone` */ ENGINE=InnoDB'),
    message: /^the server lacks tablespaces that tables of the dump are in: gone$/,
  },
  {
    name: 'a collation that the server lacks',
    id: 'mysql-text-unknown',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE named (name varchar(20))'],
    edited: (dump) => dump.replace(/(TABLE `named`[^;]*`name` varchar\(20\))/, '$1 COLLATE utf8mb4_klingon_ci'),
    message: /^the server doesn't know what the dump uses: collation utf8mb4_klingon_ci \(table named\)$/,
    remedy: 'edited',
  },
  {
    name: 'a character set that the server lacks',
    id: 'mysql-text-unknown',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE named (name varchar(20))'],
    edited: (dump) => dump.replace(/(TABLE `named`[^;]*`name` varchar\(20\))/, '$1 CHARACTER SET klingon'),
    message: /^the server doesn't know what the dump uses: character set klingon \(table named\)$/,
    remedy: 'edited',
  },
  {
    name: 'a collation that has one like it',
    id: 'mysql-collation-replaced',
    on: ['mariadb'],
    dump: ['CREATE TABLE named (name varchar(20))'],
    edited: (dump) => dump.replace(/(TABLE `named`[^;]*`name` varchar\(20\))/, '$1 COLLATE utf8mb4_0900_ai_ci'),
    outcome: 'warning',
    message: /^NOTE: replaced collation utf8mb4_0900_ai_ci by utf8mb4_uca1400_nopad_ai_ci /,
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
    name: 'a function that is not safe to log',
    id: 'mysql-function-unsafe',
    on: ['mariadb', 'mysql'],
    dump: [
      'SET GLOBAL log_bin_trust_function_creators = ON',
      'CREATE FUNCTION f() RETURNS int RETURN 1',
      'CREATE FUNCTION g() RETURNS int DETERMINISTIC RETURN 1',
      'SET GLOBAL log_bin_trust_function_creators = OFF',
    ],
    message: /^the server keeps a binary log, and refuses functions .* \(log_bin_trust_function_creators\): f$/,
  },
  {
    name: 'rights on single tables, which are not enough',
    id: 'mysql-rights',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE keyed (id int PRIMARY KEY, v int, KEY v (v))', 'INSERT INTO keyed VALUES (1, 1)'],
    rights: 'SELECT, CREATE, DROP, INSERT, LOCK TABLES',
    also: ["GRANT ALTER ON parts.a_first TO 'lim'@'%'"],
    message: /^lim lacks rights on `parts`\.\* that the dump needs: ALTER \(.*\)$/,
  },
  {
    name: 'a foreign key whose parent has no key for it',
    id: 'mysql-parent-key',
    on: ['mariadb', 'mysql'],
    dump: [
      'CREATE TABLE product (id int PRIMARY KEY, code int, KEY by_code (code))',
      'CREATE TABLE action (id int PRIMARY KEY, code int, CONSTRAINT of_product FOREIGN KEY (code) REFERENCES product (id))',
    ],
    edited: (dump) =>
      dump
        .replaceAll('REFERENCES `product` (`id`)', 'REFERENCES `product` (`code`, `id`)')
        .replaceAll('FOREIGN KEY (`code`)', 'FOREIGN KEY (`code`, `id`)')
        .replace(/,\s*KEY `by_code` \(`code`\)/, ''),
    message:
      /^foreign keys of the dump .*: of_product of table action \(product has no key that begins with code, id\)$/,
    remedy: 'edited',
  },
  {
    name: 'foreign keys to a partitioned table and to a column that is missing',
    id: 'mysql-parent-key',
    on: ['mysql'],
    dump: [
      'CREATE TABLE product (id int PRIMARY KEY)',
      'CREATE TABLE action (id int PRIMARY KEY, CONSTRAINT of_product FOREIGN KEY (id) REFERENCES product (id))',
      'CREATE TABLE second (id int PRIMARY KEY, CONSTRAINT of_first FOREIGN KEY (id) REFERENCES a_first (id))',
    ],
    edited: (dump) =>
      dump
        .replace(/(CREATE TABLE `product`[^;]*)/, '$1 PARTITION BY HASH (id) PARTITIONS 2')
        .replaceAll('REFERENCES `a_first` (`id`)', 'REFERENCES `a_first` (`gone`)'),
    message:
      /: of_product of table action \(product is partitioned\), of_first of table second \(a_first has no key that begins with gone\)$/,
    remedy: 'edited',
  },
  {
    name: 'a foreign key to a table that stays, without a key for it',
    id: 'mysql-parent-key',
    on: ['mariadb', 'mysql'],
    dump: [
      'SET foreign_key_checks = 0',
      'CREATE TABLE action (id int PRIMARY KEY, p int, CONSTRAINT of_stays FOREIGN KEY (p) REFERENCES stays (v))',
    ],
    edited: (dump) => dump.replaceAll('REFERENCES `stays` (`v`)', 'REFERENCES `stays` (`w`)'),
    target: ['CREATE TABLE stays (id int PRIMARY KEY, v int, w int, UNIQUE KEY by_v (v))'],
    message: /: of_stays of table action \(stays has no key that begins with w\)$/,
    remedy: 'edited',
  },
  {
    name: 'a foreign key to a table that stays and has no keys',
    id: 'mysql-parent-key',
    on: ['mariadb', 'mysql'],
    dump: [
      'SET foreign_key_checks = 0',
      'CREATE TABLE action (id int PRIMARY KEY, CONSTRAINT of_stays FOREIGN KEY (id) REFERENCES nowhere (id))',
    ],
    edited: (dump) => dump.replaceAll('REFERENCES `nowhere`', 'REFERENCES `stays`'),
    target: ['CREATE TABLE stays (id int)'],
    message: /: of_stays of table action \(stays has no key that begins with id\)$/,
    remedy: 'edited',
  },
  {
    name: 'a foreign key to a partitioned table that stays',
    id: 'mysql-parent-key',
    on: ['mysql'],
    dump: [
      'SET foreign_key_checks = 0',
      'CREATE TABLE action (id int PRIMARY KEY, CONSTRAINT of_stays FOREIGN KEY (id) REFERENCES whole (id))',
    ],
    edited: (dump) => dump.replaceAll('REFERENCES `whole`', 'REFERENCES `stays`'),
    target: ['CREATE TABLE stays (id int PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 2'],
    message: /: of_stays of table action \(stays is partitioned\)$/,
    remedy: 'edited',
  },
  {
    name: 'a foreign key of a table that stays',
    id: 'mysql-child-misfit',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE product (id bigint PRIMARY KEY)', 'CREATE TABLE owner (id int PRIMARY KEY, name varchar(9))'],
    target: [
      'CREATE TABLE product (id int PRIMARY KEY)',
      'CREATE TABLE owner (id int PRIMARY KEY, name varchar(9), UNIQUE KEY by_name (name))',
      'CREATE TABLE stays (id int PRIMARY KEY, CONSTRAINT of_product FOREIGN KEY (id) REFERENCES product (id))',
      'CREATE TABLE source.stays (name varchar(9), CONSTRAINT of_owner FOREIGN KEY (name) REFERENCES parts.owner (name))',
    ],
    message:
      /: of_product of parts\.stays \(product has id as bigint(\(20\))? instead of int(\(11\))?\), of_owner of source\.stays \(owner has no key that begins with name\)$/,
  },
  {
    name: 'a parser of full-text keys that the server lacks',
    id: 'mysql-parser-missing',
    on: ['mariadb', 'mysql'],
    dump: ['CREATE TABLE read_in (id int PRIMARY KEY, v text, FULLTEXT KEY f (v))'],
    edited: (dump) =>
      dump.replace('FULLTEXT KEY `f` (`v`)', 'FULLTEXT KEY `f` (`v`) /*!50100 WITH PARSER `klingon` */'),
    message: /^the server lacks parsers of the dump's full-text keys: klingon \(table read_in\)$/,
    remedy: 'edited',
  },
  {
    name: 'a definer who is gone, for a user who may not see that',
    id: 'mysql-system-definer',
    on: ['mysql'],
    dump: ["CREATE DEFINER='gone'@'%' VIEW seen AS SELECT id FROM a_first"],
    rights: 'ALL',
    powers: 'SET_ANY_DEFINER',
    outcome: 'warning',
    message: /definer/i,
    after: ["SELECT DEFINER AS found FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'parts'", 'lim@%'],
  },
  {
    name: 'objects of system users, for a user who is none',
    id: 'mysql-system-object',
    on: ['mysql'],
    dump: [
      "CREATE DEFINER='lim'@'%' VIEW seen AS SELECT id FROM a_first",
      "CREATE DEFINER='lim'@'%' PROCEDURE p() SELECT 1",
    ],
    target: ['CREATE VIEW seen AS SELECT 1 AS id', 'CREATE PROCEDURE P() SELECT 1', 'CREATE PROCEDURE q() SELECT 1'],
    rights: 'ALL',
    powers: 'SET_ANY_DEFINER, CREATE USER, SHOW_ROUTINE',
    also: ['GRANT SELECT ON mysql.* TO lim'],
    message:
      /^system users define .* in database parts, and lim is none: view seen \(root@%\), procedure P \(root@%\)$/,
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
      let rows: Record<string, unknown>[] = [];
      for (const sql of statements) rows = await session.rows(sql);
      return rows;
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
    async ({
      id,
      dump,
      edited = (text) => text,
      target,
      settings,
      rights,
      powers,
      also = [],
      outcome,
      remedy,
      message,
      lines = 1,
      after,
    }) => {
      if (server === undefined) return;
      const made = await dumpOfStatements(server, [...FIRST, ...dump]);
      const bytes = Buffer.from(edited(made.toString('latin1')), 'latin1');
      await emptyDatabase(server, 'parts');
      await run([...LIVE, ...(target ?? [])]);
      const before = await globals(server, Object.keys(settings ?? {}));
      await run(Object.entries(settings ?? {}).map(([name, value]) => `SET GLOBAL ${name} = ${value}`));
      await run(["DROP USER IF EXISTS 'lim'@'%'"]);
      if (rights !== undefined) {
        await run(["CREATE USER 'lim'@'%' IDENTIFIED BY 'lim'", `GRANT ${rights} ON parts.* TO 'lim'@'%'`]);
        await run([...(powers === undefined ? [] : [`GRANT ${powers} ON *.* TO 'lim'@'%'`]), ...also]);
      }
      const login = rights === undefined ? server : { ...server, username: 'lim', password: 'lim' };
      try {
        if (outcome !== undefined) {
          const told = await loadWithEngine(login, 'parts', chunks(bytes));
          expect(told.filter((line) => message.test(line))).toHaveLength(lines);
          expect(await rowsOfFirst()).toEqual([1, 2]);
          if (after !== undefined) expect((await run([after[0]]))[0]?.found).toBe(after[1]);
          return;
        }
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

        if (remedy === 'edited') {
          await loadWithEngine(login, 'parts', chunks(made));
          expect(await rowsOfFirst()).toEqual([1, 2]);
          return;
        }
        const [, statement = ''] = /Run: (.*;)$/.exec(refused?.hint ?? '') ?? [];
        expect(statement).not.toBe('');
        await run(statement.slice(0, -1).split('; '));
        await loadWithEngine(login, 'parts', chunks(bytes));
        expect(await rowsOfFirst()).toEqual([1, 2]);
      } finally {
        await run(before.map(({ name, value }) => `SET GLOBAL ${name} = ${value}`));
      }
    },
  );

  it('warns of those who hold locks, of prepared transactions and of few connections', async () => {
    if (server === undefined) return;
    const bytes = await dumpOfStatements(server, FIRST);
    await emptyDatabase(server, 'parts');
    await run([...LIVE, 'CREATE TABLE other (id int PRIMARY KEY)']);
    const [holder, elsewhere, preparing] = await Promise.all(
      ['parts', 'source', 'parts'].map((database) => openSession(server as RunningServer, database)),
    );
    await holder?.rows('BEGIN');
    await holder?.rows('INSERT INTO a_first VALUES (42)');
    // a lock on a table that the dump doesn't have
    await elsewhere?.rows('BEGIN');
    await elsewhere?.rows('INSERT INTO parts.other VALUES (1)');
    for (const sql of ['START', 'END', 'PREPARE']) {
      await preparing?.rows(`XA ${sql} 'left','over',7`);
      if (sql === 'START') await preparing?.rows('INSERT INTO other VALUES (2)');
    }
    await preparing?.end();
    const [{ id } = { id: 0 }] = (await holder?.rows('SELECT CONNECTION_ID() AS id')) ?? [];
    const before = await globals(server, ['max_connections']);
    try {
      await sleep(HELD_MS);
      await run(['SET GLOBAL max_connections = 12']);
      const { client } = await connectMysql(accessOf(server));
      const facts = await readServerFacts(client, 'parts');
      await client.end();
      const found = mysqlFindings(contentsOf(bytes), facts, true);
      expect(found.map(({ id, statement }) => [id, statement])).toEqual([
        ['mysql-prepared-transactions', "XA ROLLBACK 'left','over',7;"],
        ['mysql-locks-held', `KILL ${id};`],
        ['mysql-connections', undefined],
      ]);
      expect(found[1]?.message).toMatch(/: session \d+ of root, for \d+ s(, on a_first)?$/);
      for (const { statement } of found) if (statement !== undefined) await run([statement.slice(0, -1)]);
      await elsewhere?.end();
      await run(before.map(({ name, value }) => `SET GLOBAL ${name} = ${value}`));
      const told = await loadWithEngine(server, 'parts', chunks(bytes));
      expect(told.filter((line) => /session \d+ of|XA RECOVER|max_connections/.test(line))).toEqual([]);
      expect(await rowsOfFirst()).toEqual([1, 2]);
    } finally {
      await run(before.map(({ name, value }) => `SET GLOBAL ${name} = ${value}`));
      await holder?.end().catch(() => {});
    }
  });

  // of MySQL's programs, no client here reads a binary log
  it.skipIf(dbType === 'mysql')('warns of replicas', async () => {
    if (server === undefined) return;
    const bytes = await dumpOfStatements(server, FIRST);
    await emptyDatabase(server, 'parts');
    const { host, port, username, password } = server;
    const directory = await mkdtemp(join(tmpdir(), 'jagad-binlog-'));
    const reader = spawn(
      'mariadb-binlog',
      [
        ...['--read-from-remote-server', '--stop-never', `--host=${host}`, `--port=${port}`, `--user=${username}`],
        ...['--raw', `--result-file=${directory}/`, 'binlog.000001'],
      ],
      { stdio: 'ignore', env: { ...process.env, MYSQL_PWD: password } },
    );
    try {
      const readers = () => run(["SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'"]);
      await expect.poll(readers, { timeout: 10_000 }).toHaveLength(1);
      const told = await loadWithEngine(server, 'parts', chunks(bytes));
      expect(told.filter((line) => line.startsWith('the server has a replica, '))).toHaveLength(1);
    } finally {
      reader.kill();
      await once(reader, 'exit');
      await rm(directory, { recursive: true });
    }
    expect(await rowsOfFirst()).toEqual([1, 2]);
  });

  it('knows which tables strict mode refuses', async () => {
    if (server === undefined) return;
    await emptyDatabase(server, 'parts');
    const session = await openSession(server, 'parts');
    const { client } = await connectMysql(accessOf(server));
    const facts = await readServerFacts(client, 'parts');
    await client.end();
    const below = randomBelow(7);
    const seen = { refused: 0, taken: 0 };
    for (let round = 0; round < STRICT_ROUNDS; round++) {
      const types = Array.from({ length: 1 + below(4) }, () => COLUMN_TYPES[below(COLUMN_TYPES.length)] as string);
      const columns = Array.from({ length: 20 + below(220) }, (_, at) => `c${at} ${types[at % types.length]}`);
      const key = below(2) === 0 ? ['id int NOT NULL PRIMARY KEY'] : [];
      const format = ['DYNAMIC', 'COMPACT'][below(2)];
      const sql = `CREATE TABLE t (${[...key, ...columns].join(', ')}) ENGINE=InnoDB DEFAULT CHARSET=latin1 ROW_FORMAT=${format}`;
      const why = refusedInStrictMode(contentsOf(`${sql};`).tables[0] as MysqlTable, facts);
      const error = await session.rows(sql).then(
        () => undefined,
        ({ message }: Error) => message,
      );
      // the limit of all engines, which no mode lifts
      if (error?.includes('65535')) continue;
      expect([sql, error === undefined]).toEqual([sql, why === undefined]);
      seen[error === undefined ? 'taken' : 'refused']++;
      await session.rows('DROP TABLE IF EXISTS t');
    }
    await session.end();
    expect(Math.min(seen.refused, seen.taken)).toBeGreaterThan(STRICT_ROUNDS / 5);
  });

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

function accessOf({ dbType: db_type, host, port, username, password }: RunningServer) {
  return { connection: aConnection({ db_type, host, port, username, ssl_mode: 'prefer' }), password };
}

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
