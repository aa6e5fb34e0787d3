import { expect, it } from 'vitest';
import { definitionStep, isKnownHead, loadStep } from '../../../../lib/engines/mysql/rules/load-step.ts';
import type { SqlStatement } from '../../../../lib/formats/mysql-dump/reader/statement.ts';
import { fixtureDump, pieces } from '../dump-support.ts';

const stepsOf = (dump: string | Buffer) => pieces(dump).map((piece) => loadStep(piece, () => false));

it.each([
  ['/*!40101 SET NAMES utf8mb4 */', { kind: 'setting', of: 'anything' }],
  ['/*!50503 SET character_set_client = utf8mb4 */', { kind: 'setting', of: 'character set' }],
  ['/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */', { kind: 'setting', of: 'checks' }],
  ['/*!40101 SET SQL_MODE=@OLD_SQL_MODE */', { kind: 'setting', of: 'checks' }],
  ['SET @x = (SELECT max(id) FROM t)', { kind: 'other', what: 'SET … SELECT' }],
  ['SET @OLD_AUTOCOMMIT=@@AUTOCOMMIT, @@AUTOCOMMIT=0', { kind: 'commit' }],
  ['COMMIT', { kind: 'commit' }],
  ['ROLLBACK', { kind: 'other', what: 'ROLLBACK' }],
  ['DROP TABLE IF EXISTS `a`', { kind: 'drop', names: ['a'] }],
  ['CREATE TABLE `a` (`n` int) ENGINE=MyISAM', { kind: 'object', what: 'CREATE TABLE', table: 'a' }],
  [
    'CREATE TABLE `a` (`FTS_DOC_ID` int, CONSTRAINT `f` FOREIGN KEY (`b`) REFERENCES `c` (`d`)) ENGINE=InnoDB',
    { kind: 'other', what: 'CREATE TABLE … REFERENCES' },
  ],
  ['LOCK TABLES `a` WRITE, `b` WRITE', { kind: 'lock', names: ['a', 'b'] }],
  ['UNLOCK TABLES', { kind: 'unlock' }],
  ['/*!40000 ALTER TABLE `a` DISABLE KEYS */', { kind: 'keys', names: ['a'] }],
  ['ALTER TABLE `a` ADD KEY (`b`)', { kind: 'other', what: 'ALTER TABLE' }],
  ['INSERT INTO `a` VALUES (1)', { kind: 'rows', names: ['a'] }],
  ["INSERT INTO `a` (`b`, `values`) VALUES\n(1,'SELECT')", { kind: 'rows', names: ['a'] }],
  ["INSERT INTO `a` VALUES ('ON DUPLICATE KEYS')", { kind: 'rows', names: ['a'] }],
  ['INSERT IGNORE INTO `a` VALUES (1)', { kind: 'other', what: 'INSERT' }],
  ['INSERT INTO `a` VALUES (1) ON DUPLICATE KEY UPDATE b = VALUES(b)', { kind: 'other', what: 'INSERT' }],
  ['INSERT INTO `a` SELECT * FROM `b`', { kind: 'other', what: 'INSERT' }],
  ['REPLACE INTO `a` VALUES (1)', { kind: 'other', what: 'REPLACE' }],
  ['DO SETVAL(`s`, 5, 0)', { kind: 'object', what: 'DO SETVAL' }],
  ['CREATE INDEX i ON a (b)', { kind: 'other', what: 'CREATE INDEX' }],
  ['/* nothing */', { kind: 'nothing' }],
])('%s', (sql, step) => {
  expect(stepsOf(`${sql};\n`)[0]).toEqual(step);
});

it.each([
  ['CREATE TRIGGER x BEFORE INSERT ON `a` FOR EACH ROW SET @a = 1', { kind: 'trigger', table: 'a' }],
  [
    '/*!50003 CREATE*/ /*!50017 DEFINER=`u`@`h`*/ /*!50003 TRIGGER x AFTER INSERT ON b BEGIN END */',
    { kind: 'trigger', table: 'b' },
  ],
  ['CREATE DEFINER=`u`@`h` PROCEDURE p() SELECT 1', { kind: 'definition' }],
  ['ALTER DATABASE `a` CHARACTER SET latin1', { kind: 'definition' }],
  ['/*!50003 DROP FUNCTION IF EXISTS `f` */', { kind: 'definition' }],
  ['/*!50001 CREATE VIEW `v` AS SELECT \n 1 AS `from`,\n 1 AS `b` */', { kind: 'placeholder' }],
  ['/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50001 VIEW `v` AS select 1 from `t` */', { kind: 'definition' }],
  ['CREATE VIEW `v` AS SELECT two() AS a', { kind: 'definition' }],
  ['/*!50001 DROP VIEW IF EXISTS `v`*/', { kind: 'placeholder' }],
  ['DROP TABLE IF EXISTS `a`', undefined],
  ["/*!50003 SET sql_mode = '' */", { kind: 'setting' }],
  ['CREATE TABLE t (a int)', undefined],
  ['INSERT INTO t VALUES (1)', undefined],
])('finds the step for the definition session: %s', (sql, step) => {
  expect(definitionStep(pieces(`${sql};`)[0] as SqlStatement)).toEqual(step);
});

it('recognises a table that it can load in parts', () => {
  expect(stepsOf('CREATE TABLE `a` (`n` int) ENGINE=InnoDB;')).toEqual([
    { kind: 'create', table: expect.objectContaining({ name: 'a' }) },
  ]);
});

it.each(['9b04', '9b06'] as const)('recognises every statement of the fixture %s', (id) => {
  const others = pieces(fixtureDump(id)).filter((piece) => (definitionStep(piece)?.kind ?? 'setting') === 'setting');
  const steps = others.map((piece) => loadStep(piece, () => false));
  expect(steps.filter(({ kind }) => kind === 'other')).toEqual([]);
  expect(steps.filter(({ kind }) => kind === 'create').length).toBeGreaterThan(2);
});

it('recognises the head of a dump by its settings', () => {
  const head = pieces(fixtureDump('9b04'))
    .slice(0, 12)
    .map(({ bytes }) => bytes);
  expect(isKnownHead(head)).toBe(true);
  for (const one of ['UNIQUE_CHECKS=0', 'FOREIGN_KEY_CHECKS=0', "SQL_MODE='"]) {
    expect(isKnownHead(head.filter((bytes) => !bytes.includes(one)))).toBe(false);
  }
  expect(isKnownHead([])).toBe(false);
});
