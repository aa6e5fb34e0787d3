/**
 * What dumps by mysqldump and mariadb-dump may contain that reaches outside the target: tried on every path that reads
 * a dump. The target has a view `old_view` on a table of another database, `victim`.
 */

export const SECRET = 'the-secret-that-stays-where-it-is';

/** The start and the end of a dump by mysqldump or mariadb-dump. */
const HEAD = `-- MySQL dump 10.13  Distrib 9.7.0, for Linux (x86_64)
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
CREATE TABLE \`t\` (\`a\` text, \`b\` int) ENGINE=InnoDB;
`;
const TAIL = `
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40111 SET SQL_NOTES=1 */;
-- Dump completed on 2026-11-30  8:00:00
`;

export interface Attack {
  name: string;
  sql: string;
  on?: 'mysql' | 'mariadb';
  /** It isn't refused: what it does later is another matter. */
  loads?: boolean;
}

/** A dump with the statements in it. */
export const dumpOf = (sql: string) => Buffer.from(HEAD + sql + TAIL, 'latin1');

const DROP = 'DROP TABLE victim.v';
/** A reader that treats the backslash as an escape sees all of this as one string. */
const HIDDEN = `INSERT INTO t VALUES ('\\',1); ${DROP}; -- ',1);`;
/** In character sets in which the byte and the backslash after it are one character. */
const LEADS = { gbk: '\xbf', sjis: '\x83', cp932: '\x83', big5: '\xa5', gb18030: '\x81' };

/** @param file that the server can read, with the secret in it */
export function attacksWith(file: string): Attack[] {
  return [
    { name: 'a mode from a variable', sql: `SET @m = 'NO_BACKSLASH_ESCAPES';\nSET sql_mode = @m;\n${HIDDEN}` },
    {
      name: 'a file that the client reads',
      sql: `SET @m = 'NO_BACKSLASH_ESCAPES';\nSET sql_mode = @m;\nINSERT INTO t VALUES ('\\',1); LOAD DATA LOCAL INFILE "${file}" INTO TABLE t (a); -- ',1);`,
    },
    { name: 'a concatenated mode', sql: `SET sql_mode = CONCAT('NO_', 'BACKSLASH_ESCAPES');\n${HIDDEN}` },
    {
      name: 'a mode kept in a variable',
      sql: `SET sql_mode = 'NO_BACKSLASH_ESCAPES';\nSET @kept = @@sql_mode;\nSET sql_mode = '';\nSET sql_mode = @kept;\n${HIDDEN}`,
    },
    { name: 'a mode that only our reader sees', sql: modeOnlySeen('/*!99999 ', ' */') },
    {
      name: 'a mode beside a setting that is left out',
      sql: modeOnlySeen('', ', @@GLOBAL.sort_buffer_size = 1000000'),
    },
    {
      name: 'a comment for a version that no server has',
      sql: `/*!99999 INSERT INTO t VALUES ('x',1) */ /*!50000 ${DROP} */;`,
    },
    {
      name: 'several statements between delimiters',
      sql: `DELIMITER //\nINSERT INTO t VALUES ('x',1); ${DROP}//\nDELIMITER ;`,
    },
    {
      name: 'a statement after the body of a procedure',
      sql: `DELIMITER //\nCREATE PROCEDURE p() SELECT 1 AS begin; ${DROP}; SELECT 1 AS end//\nDELIMITER ;`,
    },
    {
      name: 'a call of a new procedure, between the same delimiters',
      sql: "DELIMITER ;;\nCREATE PROCEDURE c() INSERT INTO victim.v VALUES ('planted');\nCALL c();;\nDELIMITER ;",
    },
    {
      name: 'a statement after a trigger',
      sql: `DELIMITER //\nCREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET @x = 1; ${DROP}//\nDELIMITER ;`,
    },
    ...Object.entries(LEADS).map(([charset, lead]) => ({
      name: `the character set ${charset}`,
      sql: `SET NAMES ${charset};\nINSERT INTO t VALUES ('${lead}\\',1); ${DROP}; -- ',1);`,
      ...(charset === 'gb18030' ? { on: 'mysql' as const } : {}),
    })),
    { name: 'a block', sql: `DELIMITER //\nBEGIN NOT ATOMIC ${DROP}; END//\nDELIMITER ;`, on: 'mariadb' },
    { name: 'INSERT … SELECT', sql: 'INSERT INTO t SELECT a, 1 FROM victim.v;' },
    { name: 'a subquery', sql: 'INSERT INTO t VALUES ((SELECT a FROM victim.v),1);' },
    { name: 'LOAD_FILE', sql: `INSERT INTO t VALUES (LOAD_FILE('${file}'),1);` },
    { name: 'LOAD_FILE in REPLACE', sql: `REPLACE INTO t SET a = LOAD_FILE('${file}');` },
    {
      name: 'ON DUPLICATE KEY UPDATE',
      sql: `CREATE TABLE u (b int PRIMARY KEY, a text);\nINSERT INTO u VALUES (1,''),(1,'') ON DUPLICATE KEY UPDATE a = LOAD_FILE('${file}');`,
    },
    {
      name: 'a default that reads a file',
      sql: `CREATE TABLE d (b int, a text DEFAULT (LOAD_FILE('${file}')));\nINSERT INTO d (b) VALUES (1);`,
    },
    {
      name: 'a default from another sequence',
      sql: 'CREATE TABLE d (b int, a int DEFAULT (nextval(victim.s)));\nINSERT INTO d VALUES (1,DEFAULT);',
      on: 'mariadb',
    },
    {
      name: 'a function of the dump',
      sql: "CREATE FUNCTION f() RETURNS int DETERMINISTIC BEGIN INSERT INTO victim.v VALUES ('planted'); RETURN 1; END;;\nDELIMITER ;\nINSERT INTO t VALUES ('x',f());".replace(
        /^/,
        'DELIMITER ;;\n',
      ),
    },
    { name: 'CREATE TABLE … SELECT', sql: 'CREATE TABLE x (a text) SELECT a FROM victim.v;' },
    { name: 'CREATE TABLE … AS TABLE', sql: 'CREATE TABLE x AS TABLE victim.v;', on: 'mysql' },
    {
      name: 'rows into a view',
      sql: "CREATE VIEW w AS SELECT * FROM victim.v;\nINSERT INTO w VALUES ('planted');",
    },
    {
      name: 'rows into an existing view',
      sql: "CREATE TABLE IF NOT EXISTS old_view (a text);\nINSERT INTO old_view VALUES ('planted');",
    },
    {
      name: 'a MERGE table over another database',
      sql: 'CREATE TABLE m (a int) ENGINE=MRG_MyISAM INSERT_METHOD=LAST UNION=(victim.my);\nINSERT INTO m VALUES (7);',
    },
    { name: 'CREATE TABLE … LIKE with another database', sql: 'CREATE TABLE m LIKE victim.v;' },
    { name: 'CALL', sql: "CREATE PROCEDURE c() INSERT INTO victim.v VALUES ('planted');\nCALL c();" },
    { name: 'DO', sql: `DO SETVAL((SELECT 1), 2);` },
    { name: 'HANDLER', sql: 'HANDLER victim.v OPEN;' },
    { name: 'XA', sql: "XA START 'x';" },
    { name: 'PREPARE', sql: `SET @q = '${DROP}';\nPREPARE q FROM @q;\nEXECUTE q;` },
    { name: 'RENAME', sql: 'RENAME TABLE victim.v TO victim.gone;' },
    {
      name: 'a foreign key into another database',
      sql: 'CREATE TABLE k (a int, CONSTRAINT c FOREIGN KEY (a) REFERENCES victim.parent (a)) ENGINE=InnoDB;',
    },
    { name: 'a global variable', sql: 'SET SESSION foreign_key_checks = 0, GLOBAL max_connections = 77;' },
    {
      name: 'a trigger before the rows',
      sql: "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW INSERT INTO victim.v VALUES ('planted');\nINSERT INTO t VALUES ('x',1);",
      loads: true,
    },
  ];
}

/** A reader that relies on the mode ends the string early, and sees a different one. */
function modeOnlySeen(before: string, after: string): string {
  return `${before}SET sql_mode = 'NO_BACKSLASH_ESCAPES'${after};\nINSERT INTO t VALUES ('\\',1),(',1); ${DROP}; -- ',1);`;
}
