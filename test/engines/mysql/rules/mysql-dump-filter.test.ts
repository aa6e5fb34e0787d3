import { describe, expect, it } from 'vitest';
import { MysqlDumpFilter } from '../../../../lib/engines/mysql/rules/mysql-dump-filter.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';
import { filtered, fixtureDump, pieces, target } from '../dump-support.ts';

const dropAll = { keepDefiner: () => false };

function refused(sql: string): RestoreError {
  try {
    filtered(sql);
  } catch (error) {
    if (error instanceof RestoreError) return error;
    throw error;
  }
  throw new Error(`not refused: ${sql}`);
}

/** Rows go into tables that the dump has made. */
const TABLES = 'CREATE TABLE `t` (`a` int);\nCREATE TABLE `u` (`a` int);\n';

describe('accepted statements', () => {
  it.each([
    'CREATE TABLE `t` (`a` int);',
    "INSERT INTO `t` VALUES (1,'USE other; GRANT ALL');",
    'REPLACE  IGNORE INTO `t` VALUES (1);',
    'LOCK TABLES `t` WRITE, `u` AS `x` READ LOCAL;\nUNLOCK TABLES;',
    '/*!40000 ALTER TABLE `t` DISABLE KEYS */;',
    "/*!40101 SET NAMES utf8mb4 */;\nSET @OLD_X = @@GLOBAL.x, TIME_ZONE='+00:00';\nSET @@SESSION.foreign_key_checks=0;",
    '/*!50003 SET @saved_sql_mode = @@sql_mode */ ;\nSET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nset autocommit=0;\ncommit;',
    '/*!50001 DROP VIEW IF EXISTS `v`*/;\n/*!50001 CREATE VIEW `v` AS SELECT 1 AS `id`*/;',
    '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`u`@`h` SQL SECURITY DEFINER */\n/*!50001 VIEW `v` AS select * from `other`.`t` */;',
    "/*!50003 CREATE*/ /*!50017 DEFINER=`u`@`h`*/ /*!50003 TRIGGER t AFTER INSERT ON o FOR EACH ROW INSERT INTO a VALUES ('x') */;",
    'DELIMITER ;;\nCREATE DEFINER=`u`@`h` PROCEDURE `p`() BEGIN USE x; SET GLOBAL a=1; GRANT ALL ON x TO y; END ;;\nDELIMITER ;',
    'CREATE AGGREGATE FUNCTION f(x INT) RETURNS INT RETURN 1;',
    'CREATE SEQUENCE `s` start with 1;\nDO SETVAL(`s`, 1, 0);\nSELECT SETVAL(`s`, 1, 0);',
    '/*!80002 ANALYZE TABLE `t` UPDATE HISTOGRAM ON `a` WITH 100 BUCKETS */;',
    'ALTER TABLE `t` ADD CONSTRAINT `c` FOREIGN KEY (`a`) REFERENCES `u` (`a`);',
    'START TRANSACTION;\n;\n/*! */;\n-- end',
    'DROP TRIGGER /*!50032 IF EXISTS */ t;',
    'ALTER DATABASE CHARACTER SET utf8mb4 ;\nALTER DATABASE `shop` CHARACTER SET utf8mb4 ;',
  ])('%s', (sql) => {
    expect(filtered(TABLES + sql)).toEqual({ sent: TABLES + sql, notes: [] });
  });

  it('are passed on without a copy', () => {
    const [table, piece] = pieces("CREATE TABLE t (a int, b text);INSERT INTO `t` VALUES (1,'x');");
    if (table === undefined || piece === undefined) throw new Error('no piece');
    const filter = new MysqlDumpFilter(target());
    expect(filter.apply(table)).toBe(table.bytes);
    expect(filter.apply(piece)).toBe(piece.bytes);
  });

  it('leave a real dump unchanged, except for the sandbox comment', () => {
    const dump = fixtureDump('9b04').toString('latin1');
    const filter = new MysqlDumpFilter(target({ dbType: 'mariadb' }));
    const sent = Buffer.concat(pieces(fixtureDump('9b04')).map((piece) => filter.apply(piece))).toString('latin1');
    expect(sent).toBe(dump.replace('/*M!999999\\- enable the sandbox mode */', ''));
    expect(filter.notes).toEqual([]);
  });
});

describe('omitted statements', () => {
  it.each([
    ["SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'a:1-5,\nb:1-3';", 'SET @@GLOBAL.GTID_PURGED'],
    ['SET GLOBAL gtid_slave_pos=\n0;', 'SET GLOBAL GTID_SLAVE_POS'],
    ['SET PERSIST x =\n 2;', 'SET PERSIST X'],
    ['SET @@persist_only.x = 2\n;', 'SET @@PERSIST_ONLY.X'],
    ['/*!80000 SET\n @@global . x = 1 */;', 'SET @@GLOBAL.X'],
    ['SET @MYSQLDUMP_TEMP_LOG_BIN =\n@@SESSION.SQL_LOG_BIN;', 'SET SQL_LOG_BIN'],
    ['SET @@SESSION.SQL_LOG_BIN=\n0;', 'SET SQL_LOG_BIN'],
    ['SET @@SESSION.SQL_LOG_BIN =\n@MYSQLDUMP_TEMP_LOG_BIN;', 'SET SQL_LOG_BIN'],
    ['set `sql_log_bin`=\n0;', 'SET SQL_LOG_BIN'],
    ["CHANGE MASTER TO MASTER_PASSWORD='secret',\nMASTER_LOG_POS=1;", 'CHANGE MASTER'],
    ['CHANGE REPLICATION SOURCE TO\nSOURCE_LOG_POS=1;', 'CHANGE REPLICATION'],
    ['STOP\nSLAVE;', 'STOP SLAVE'],
    ['/*!50717 SELECT COUNT(*) INTO @rocksdb_has_p_s FROM\nx */;', 'SELECT'],
    ['/*!50717 PREPARE s FROM\n@rocksdb_get_is_supported */;', 'PREPARE S'],
  ])('%s', (sql, what) => {
    const { sent, notes } = filtered(`COMMIT;\n-- c\n${sql}\nCOMMIT;`);
    expect(sent).toBe('COMMIT;\n-- c\n\n\nCOMMIT;');
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(`left out ${what} (1 statement): `);
    expect(notes[0]).not.toContain('secret');
  });

  it('are noted once, with their count', () => {
    const { notes } = filtered('SET SQL_LOG_BIN=0;SET SQL_LOG_BIN=1;STOP SLAVE;SET SQL_LOG_BIN=0;');
    expect(notes.map((note) => note.split(':')[0])).toEqual([
      'left out SET SQL_LOG_BIN (3 statements)',
      'left out STOP SLAVE (1 statement)',
    ]);
  });

  it('include the sandbox comment, without a note', () => {
    expect(filtered('/*M!999999\\- enable the sandbox mode */ \nCOMMIT;')).toEqual({ sent: ' \nCOMMIT;', notes: [] });
    expect(filtered('/*!999999\\- enable the\n sandbox mode */COMMIT;').sent).toBe('\nCOMMIT;');
  });
});

describe('refused statements', () => {
  it.each([
    'USE `shop`;',
    '/*!40000 DROP DATABASE IF EXISTS `shop`*/;',
    'CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop`;',
    'CREATE SCHEMA x;',
    'DROP TABLE IF EXISTS `a`, other . `b`;',
    'INSERT INTO `other`.`t` VALUES (1);',
    'CREATE TABLE db.t (a int);',
    'LOCK TABLES `t` READ, `other`.`t` WRITE;',
    'INSERT INTO `shop`.`t` VALUES (1);',
    'CREATE DEFINER=`u`@`h` PROCEDURE `other`.`p`() BEGIN END;',
    'TRUNCATE other.t;',
    'CREATE UNIQUE INDEX i ON other.t (a);',
    'ALTER TABLE other.t DISABLE KEYS;',
  ])('name another database: %s', (sql) => {
    const error = refused(`COMMIT;\n${sql}`);
    expect(error.message).toMatch(/^line 2: .*this dump names its own database/);
    expect(error.hint).toContain('--databases');
  });

  it.each([
    "CREATE USER u IDENTIFIED BY 'secret';",
    "ALTER USER u IDENTIFIED BY 'secret';",
    'DROP USER u;',
    "SET PASSWORD FOR u = 'secret';",
    'SET DEFAULT ROLE r TO u;',
    'SET STATEMENT max_statement_time=1 FOR DROP DATABASE x;',
    'GRANT ALL ON *.* TO u;',
    'REVOKE ALL ON *.* FROM u;',
    "INSTALL PLUGIN p SONAME 'p.so';",
    'UNINSTALL PLUGIN p;',
    'SHUTDOWN;',
    '/*! FLUSH PRIVILEGES */ ;',
    "CREATE FUNCTION f RETURNS STRING SONAME 'f.so';",
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'x');",
    "CREATE TABLESPACE t ADD DATAFILE 'f';",
  ])('change the server: %s', (sql) => {
    const error = refused(sql);
    expect(error.message).toMatch(/^line 1: .*would change the server/);
    expect(error.message).not.toContain('secret');
    expect(error.hint).toBeDefined();
  });

  it.each([
    'PREPARE x FROM @y;',
    'CALL p();',
    "LOAD DATA INFILE 'x' INTO TABLE t;",
    "SELECT 1 INTO OUTFILE '/tmp/x';",
    'DELETE FROM t;',
    'RENAMES t;',
    'ALTER TABLE t RENAME TO other.t;',
    'ALTER TABLE t EXCHANGE PARTITION p WITH TABLE other.t;',
    '--foo\nDROP DATABASE x;',
    'DROP TABLE `a`, (b);',
    'CREATE TABLE (a int);',
    // a server too old for the comment would read another statement
    '/*!99999 INSERT INTO t VALUES */ DROP DATABASE x;',
    '/*!99999 SET @a=1, */ GRANT ALL ON x TO y;',
  ])('are unknown: %s', (sql) => {
    expect(refused(sql)).toBeInstanceOf(RestoreError);
  });
});

describe("a trigger's head", () => {
  it('names no database: the table is in its own', () => {
    const sql = 'CREATE TRIGGER `src`.`tg` BEFORE INSERT ON src . `t` FOR EACH ROW SET @a=1;';
    const { sent, notes } = filtered(sql);
    expect(sent).toBe('CREATE TRIGGER `tg` BEFORE INSERT ON `t` FOR EACH ROW SET @a=1;');
    expect(notes).toEqual(['rewrote the head of trigger `tg` to name no database']);
  });
});

describe('ALTER DATABASE', () => {
  it('is changed to name the target', () => {
    const sql =
      'ALTER DATABASE `sou``rce` CHARACTER SET utf8mb4 ;\nALTER SCHEMA src COLLATE x ;\nALTER DATABASE `sou``rce` COLLATE x ;';
    const { sent, notes } = filtered(sql, { database: 'ta`r get' });
    const target = '`ta``r get`';
    expect(sent).toBe(
      `ALTER DATABASE ${target} CHARACTER SET utf8mb4 ;\nALTER SCHEMA ${target} COLLATE x ;\nALTER DATABASE ${target} COLLATE x ;`,
    );
    expect(notes).toEqual([
      'rewrote ALTER DATABASE `sou``rce` to name `ta``r get` (2 statements)',
      'rewrote ALTER DATABASE `src` to name `ta``r get` (1 statement)',
    ]);
  });
});

describe('DEFINER', () => {
  it.each([
    ['CREATE DEFINER=`u`@`h` PROCEDURE p() x', 'CREATE PROCEDURE p() x', ['u', 'h']],
    ["CREATE DEFINER = 'o''b\\'x' @ \"%\" FUNCTION f() x", 'CREATE FUNCTION f() x', ["o'b'x", '%']],
    [
      'CREATE OR REPLACE DEFINER=u@db-1.example.org VIEW v AS x',
      'CREATE OR REPLACE VIEW v AS x',
      ['u', 'db-1.example.org'],
    ],
    ['CREATE DEFINER=`u``x` EVENT e x', 'CREATE EVENT e x', ['u`x', '%']],
    [
      '/*!50003 CREATE*/ /*!50017 DEFINER=`u`@`h`*/ /*!50003 TRIGGER t BEFORE INSERT ON o x */',
      '/*!50003 CREATE*/  /*!50003 TRIGGER t BEFORE INSERT ON o x */',
      ['u', 'h'],
    ],
    [
      '/*!50001 CREATE ALGORITHM=MERGE */\n/*!50013 DEFINER=`u`@`h` SQL SECURITY DEFINER */\n/*!50001 VIEW v AS x */',
      '/*!50001 CREATE ALGORITHM=MERGE */\n/*!50013  SQL SECURITY DEFINER */\n/*!50001 VIEW v AS x */',
      ['u', 'h'],
    ],
    ['CREATE DEFINER=`u`@`h`\nTRIGGER t BEFORE INSERT ON o x', 'CREATE \nTRIGGER t BEFORE INSERT ON o x', ['u', 'h']],
  ] as const)('is removed from %s', (sql, expected, account) => {
    const asked: string[][] = [];
    const keepDefiner = (user: string, host: string) => asked.push([user, host]) === 0;
    expect(filtered(`${sql};`, { keepDefiner }).sent).toBe(`${expected};`);
    expect(asked).toEqual([account]);
  });

  it('is kept if the target has the account, and noted if not', () => {
    const sql = ['a', 'b', 'b'].map((user) => `CREATE DEFINER=\`${user}\`@\`%\` PROCEDURE p() x;`).join('\n');
    const { sent, notes } = filtered(sql, { keepDefiner: (user) => user === 'a' });
    expect(sent).toBe('CREATE DEFINER=`a`@`%` PROCEDURE p() x;\nCREATE PROCEDURE p() x;\nCREATE PROCEDURE p() x;');
    expect(notes).toEqual([expect.stringMatching(/^removed DEFINER=`b`@`%` from 2 objects/)]);
  });

  it.each([
    'CREATE DEFINER=CURRENT_USER PROCEDURE p() x;',
    'CREATE DEFINER=CURRENT_USER() VIEW v AS x;',
    "CREATE PROCEDURE p() SELECT 'CREATE DEFINER=`u`@`h` VIEW';",
    'CREATE PROCEDURE p(DEFINER INT) SET DEFINER=`u`;',
    'CREATE TABLE t (`DEFINER=``u``@``h``` int, DEFINER int);',
    "CREATE TABLE t (a text);INSERT INTO t VALUES ('DEFINER=`u`@`h`');",
  ])('is unchanged in %s', (sql) => {
    expect(filtered(sql, dropAll)).toEqual({ sent: sql, notes: [] });
  });
});

describe('values for generated columns', () => {
  const table = [
    'CREATE TABLE `t` (',
    "  `a` int DEFAULT 1 COMMENT 'x GENERATED ALWAYS AS (y)',",
    '  `g1` int GENERATED ALWAYS AS (`a` * (2 + 1)) STORED,',
    "  `b` varchar(3) CHECK (cast(`b` as char) <> ''),",
    "  `G,2` int AS (concat(')',`b`)) VIRTUAL,",
    '  `hidden` int /*!80023 INVISIBLE */,',
    '  `rs` timestamp GENERATED ALWAYS AS ROW START,',
    '  PRIMARY KEY (`a`), KEY `k` ((cast(`a` as signed))), CONSTRAINT `c` CHECK (`a` > 0)',
    ') PARTITION BY HASH (`a`);\n',
  ].join('\n');

  it.each([
    ['INSERT INTO `t` VALUES (1,2,3,4,5);', 'INSERT INTO `t` VALUES (1,DEFAULT,3,DEFAULT,5);'],
    [
      "INSERT INTO `t` VALUES\n(1,'it''s; \\'),(',_binary 'a\\',',CONVERT('(2,' USING utf8mb4),NULL),\n( -1 , 0xFF , x'00' , 1.5e-3 , DEFAULT );",
      "INSERT INTO `t` VALUES\n(1,DEFAULT,_binary 'a\\',',DEFAULT,NULL),\n( -1 , DEFAULT , x'00' , DEFAULT , DEFAULT );",
    ],
    ['INSERT INTO `t` VALUES (1,DEFAULT,3,DEFAULT,5);', 'INSERT INTO `t` VALUES (1,DEFAULT,3,DEFAULT,5);'],
    [
      'REPLACE INTO t (`g,2`, `a`) VALUES (1,2), (3,4);',
      'REPLACE INTO t (`g,2`, `a`) VALUES (DEFAULT,2), (DEFAULT,4);',
    ],
    [
      'INSERT IGNORE INTO `t` (`G1`,`hidden`) VALUE (1,2);',
      'INSERT IGNORE INTO `t` (`G1`,`hidden`) VALUE (DEFAULT,2);',
    ],
    ["INSERT INTO `t` VALUES (1,'a\nb',3,\n4,5);", 'INSERT INTO `t` VALUES (1,DEFAULT\n,3,\nDEFAULT,5);'],
    ['INSERT INTO `t` (`a`,`b`) VALUES (1,2);', 'INSERT INTO `t` (`a`,`b`) VALUES (1,2);'],
    [
      'CREATE TABLE `other` (`a` int);INSERT INTO `other` VALUES (1,2,3,4);',
      'CREATE TABLE `other` (`a` int);INSERT INTO `other` VALUES (1,2,3,4);',
    ],
  ])('become DEFAULT on MySQL: %s', (insert, expected) => {
    expect(filtered(table + insert).sent).toBe(table + expected);
    expect(filtered(table + insert, { dbType: 'mariadb' })).toEqual({ sent: table + insert, notes: [] });
  });

  it('are not noted if the dump already has DEFAULT', () => {
    expect(filtered(`${table}INSERT INTO \`t\` VALUES (1,DEFAULT,3,default,5);`).notes).toEqual([]);
  });

  it('are noted by table', () => {
    const insert = 'INSERT INTO `t` VALUES (1,2,3,4,5);';
    expect(filtered(table + insert + insert).notes).toEqual([expect.stringMatching(/^rewrote 2 INSERTs into `t`: /)]);
  });

  it('are passed on once the table was created without generated columns', () => {
    const sql = 'CREATE TABLE `t` (`a` int, `g1` int);\nINSERT INTO `t` VALUES (1,2);';
    expect(filtered(table + sql).sent).toBe(table + sql);
  });

  it('fail the restore if a row does not match its table', () => {
    expect(() => filtered(`${table}INSERT INTO \`t\` VALUES (1,2,3,4,5),(1,2,3);`)).toThrow(
      /a row of 3 values for a table of 5 columns/,
    );
  });

  it('are found in a real dump', () => {
    const filter = new MysqlDumpFilter(target());
    const dump = fixtureDump('9b06');
    const sent = Buffer.concat(pieces(dump).map((piece) => filter.apply(piece)))
      .toString('latin1')
      .split('\n');
    const lines = dump.toString('latin1').split('\n');
    expect(sent).toHaveLength(lines.length);
    const changed = sent.filter((line, at) => at > 0 && line !== lines[at]);
    expect(changed).toHaveLength(500);
    expect(changed.every((line) => /^\(\d+,'(?:\xc3\xa9)*',DEFAULT\)[,;]$/.test(line))).toBe(true);
    expect(filter.notes).toEqual([expect.stringContaining('`weird ``table`` name`')]);
  });
});

describe("MySQL 8's collations on a MariaDB that lacks them", () => {
  const has = (...names: string[]) => ({
    dbType: 'mariadb' as const,
    hasCollation: (name: string) => names.includes(name),
  });
  const maria1011 = has(
    'utf8mb4_uca1400_nopad_ai_ci',
    'utf8mb4_uca1400_swedish_nopad_as_cs',
    'utf8mb4_nopad_bin',
    'utf8mb4_unicode_520_nopad_ci',
  );

  it.each([
    [
      "CREATE TABLE t (a text COLLATE utf8mb4_0900_ai_ci DEFAULT 'utf8mb4_0900_ai_ci') COLLATE=utf8mb4_0900_bin;",
      "CREATE TABLE t (a text COLLATE utf8mb4_uca1400_nopad_ai_ci DEFAULT 'utf8mb4_0900_ai_ci') COLLATE=utf8mb4_nopad_bin;",
    ],
    [
      '/*!50003 SET collation_connection  = utf8mb4_0900_ai_ci */ ;',
      '/*!50003 SET collation_connection  = utf8mb4_uca1400_nopad_ai_ci */ ;',
    ],
    ["SET collation_connection = 'UTF8MB4_0900_AI_CI';", "SET collation_connection = 'utf8mb4_uca1400_nopad_ai_ci';"],
    [
      'ALTER DATABASE `shop` COLLATE = `utf8mb4_sv_0900_as_cs` ;',
      'ALTER DATABASE `shop` COLLATE = `utf8mb4_uca1400_swedish_nopad_as_cs` ;',
    ],
    [
      "CREATE TABLE t (a text);INSERT INTO t VALUES ('COLLATE utf8mb4_0900_ai_ci');",
      "CREATE TABLE t (a text);INSERT INTO t VALUES ('COLLATE utf8mb4_0900_ai_ci');",
    ],
    [
      "CREATE TABLE t (`utf8mb4_0900_ai_ci` int COMMENT 'COLLATE utf8mb4_0900_ai_ci');",
      "CREATE TABLE t (`utf8mb4_0900_ai_ci` int COMMENT 'COLLATE utf8mb4_0900_ai_ci');",
    ],
  ])('%s', (sql, expected) => {
    expect(filtered(sql, maria1011).sent).toBe(expected);
    expect(filtered(sql)).toEqual({ sent: sql, notes: [] });
  });

  it('are noted, and older servers get an older equivalent', () => {
    const sql = 'CREATE TABLE t (a text COLLATE utf8mb4_0900_ai_ci) COLLATE=utf8mb4_0900_ai_ci;';
    const { sent, notes } = filtered(sql, has('utf8mb4_unicode_520_nopad_ci'));
    expect(sent).toBe(sql.replaceAll('0900_ai_ci', 'unicode_520_nopad_ci'));
    expect(notes).toEqual([
      'replaced collation utf8mb4_0900_ai_ci by utf8mb4_unicode_520_nopad_ci (2 places): the target lacks it',
    ]);
  });

  it.each(['utf8mb4_ja_0900_as_cs', 'utf8mb4_sv_0900_ai_ci', 'utf8mb4_0900_as_cs'])(
    'fail the restore if there is no equivalent: %s',
    (name) => {
      const sql = `\nCREATE TABLE t (a text COLLATE ${name});`;
      expect(() => filtered(sql, maria1011)).toThrow(`line 2: the target server has no collation ${name}`);
    },
  );
});

describe('the rewriting', () => {
  it("leaves a table's rows in its database, not in a directory of the server that was backed up", () => {
    const sql =
      "CREATE TABLE `t` (`data` int, `directory` text DEFAULT 'DATA DIRECTORY=''/x''') ENGINE=MyISAM DATA DIRECTORY='/mnt/a/' index directory '/mnt/b/'\n" +
      "/*!50100 PARTITION BY HASH (`data`) (PARTITION p0 DATA DIRECTORY = '/mnt/c' ENGINE = InnoDB) */;";
    const { sent, notes } = filtered(sql);
    expect(sent).toBe(
      "CREATE TABLE `t` (`data` int, `directory` text DEFAULT 'DATA DIRECTORY=''/x''') ENGINE=MyISAM  \n" +
        '/*!50100 PARTITION BY HASH (`data`) (PARTITION p0  ENGINE = InnoDB) */;',
    );
    expect(notes).toEqual([
      'left out DATA and INDEX DIRECTORY of `t`: they name places on the server that was backed up',
    ]);
  });

  it('removes NO_AUTO_CREATE_USER from sql_mode for MySQL', () => {
    const sql =
      "/*!50003 SET sql_mode = 'STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER,ANSI' */ ;\nSET sql_mode='NO_AUTO_CREATE_USER';";
    const { sent, notes } = filtered(sql);
    expect(sent).toBe("/*!50003 SET sql_mode = 'STRICT_TRANS_TABLES,ANSI' */ ;\nSET sql_mode='';");
    expect(notes).toEqual(['removed NO_AUTO_CREATE_USER from 2 sql_modes: MySQL 8 no longer knows it']);
    expect(filtered(sql, { dbType: 'mariadb' })).toEqual({ sent: sql, notes: [] });
  });

  it("writes an escaped line end so that MariaDB's client keeps it", () => {
    const sql = 'CREATE PROCEDURE p() SELECT \'a\\\nb\\\\\n\', "c\\\n", `d\\\n`; COMMIT;';
    expect(filtered(sql).sent).toBe('CREATE PROCEDURE p() SELECT \'a\nb\\\\\n\', "c\n", `d\\\n`; COMMIT;');
  });

  it('makes several changes in one statement', () => {
    const unordered = "CREATE FUNCTION f() RETURNS text RETURN concat('a\\\nb' COLLATE utf8mb4_0900_ai_ci, 'c\\\nd');";
    const has = { hasCollation: (name: string) => name === 'utf8mb4_uca1400_nopad_ai_ci' };
    expect(filtered(unordered, has).sent).toBe(
      "CREATE FUNCTION f() RETURNS text RETURN concat('a\nb' COLLATE utf8mb4_uca1400_nopad_ai_ci, 'c\nd');",
    );
    const sql = 'CREATE DEFINER=`u`@`h` FUNCTION f() RETURNS text COLLATE utf8mb4_0900_ai_ci RETURN 1;';
    const { sent } = filtered(sql, { ...dropAll, hasCollation: (name) => name === 'utf8mb4_uca1400_nopad_ai_ci' });
    expect(sent).toBe('CREATE FUNCTION f() RETURNS text COLLATE utf8mb4_uca1400_nopad_ai_ci RETURN 1;');
  });
});
