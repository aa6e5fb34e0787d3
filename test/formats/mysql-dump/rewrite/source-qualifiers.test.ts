import { describe, expect, it } from 'vitest';
import { MysqlDumpFilter } from '../../../../lib/engines/mysql/rules/mysql-dump-filter.ts';
import type { SqlStatement } from '../../../../lib/formats/mysql-dump/reader/statement.ts';
import { applyEdits } from '../../../../lib/formats/mysql-dump/rewrite/edits.ts';
import { disabledEvent, sourceQualifiers } from '../../../../lib/formats/mysql-dump/rewrite/source-qualifiers.ts';
import { pieces, target } from '../../../engines/mysql/dump-support.ts';

const one = (text: string): SqlStatement =>
  pieces(`DELIMITER ;;\n${text};;\n`).find(({ kind }) => kind === 'statement') as SqlStatement;
const rewritten = (text: string) => {
  const statement = one(text);
  const { edits, ...told } = sourceQualifiers(statement, 'src', 'dst');
  return {
    text: applyEdits(
      statement.text,
      edits.map((edit) => shifted(edit, statement.textStart)),
    ).toString(),
    ...told,
  };
};
const shifted = ({ start, end, replacement }: { start: number; end: number; replacement: string }, by: number) => ({
  ...{ start: start - by, end: end - by, replacement },
});
const quiet = { isDoubtful: false, isInText: false, others: [] };

describe('the source’s name as a qualifier is replaced by the target’s', () => {
  it.each([
    [
      'a view of two databases',
      'CREATE VIEW `v` AS select `src`.`u`.`id` AS `id` from (`src`.`u` join `src`.`w`)',
      'CREATE VIEW `v` AS select `dst`.`u`.`id` AS `id` from (`dst`.`u` join `dst`.`w`)',
    ],
    [
      'a trigger’s head',
      'CREATE TRIGGER src.perf_au AFTER UPDATE ON src.perf FOR EACH ROW SET @a = 1',
      'CREATE TRIGGER `dst`.perf_au AFTER UPDATE ON `dst`.perf FOR EACH ROW SET @a = 1',
    ],
    [
      'a trigger’s body',
      'CREATE TRIGGER t AFTER DELETE ON perf FOR EACH ROW INSERT INTO src.log VALUES (OLD.id)',
      'CREATE TRIGGER t AFTER DELETE ON perf FOR EACH ROW INSERT INTO `dst`.log VALUES (OLD.id)',
    ],
    [
      'a default',
      "CREATE TABLE `t` (`id` bigint DEFAULT nextval(`src`.`s`), n varchar(9) DEFAULT 'src.x')",
      "CREATE TABLE `t` (`id` bigint DEFAULT nextval(`dst`.`s`), n varchar(9) DEFAULT 'src.x')",
    ],
    [
      'in executable comments',
      '/*!50003 CREATE*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `a` FOR EACH ROW UPDATE src.b SET x = 1 */',
      '/*!50003 CREATE*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `a` FOR EACH ROW UPDATE `dst`.b SET x = 1 */',
    ],
    [
      'calls',
      'CREATE PROCEDURE p() BEGIN CALL src.q(); SELECT src.f(1); END',
      'CREATE PROCEDURE p() BEGIN CALL `dst`.q(); SELECT `dst`.f(1); END',
    ],
    [
      'a column by its table',
      'CREATE VIEW v AS SELECT src.u.id, src.w FROM src.u',
      'CREATE VIEW v AS SELECT `dst`.u.id, `dst`.w FROM `dst`.u',
    ],
    [
      'nothing else',
      "CREATE VIEW v AS SELECT x.src, 'src.t' AS a /* src.t */ FROM other_src.t",
      "CREATE VIEW v AS SELECT x.src, 'src.t' AS a /* src.t */ FROM other_src.t",
    ],
  ])('%s', (_, text, expected) => expect(rewritten(text).text).toBe(expected));

  it('is kept if it is an alias of the same name, which is reported', () => {
    const view = 'CREATE VIEW v AS SELECT src.id FROM src.orders src JOIN src.lines l ON l.id = src.id';
    expect(rewritten(view)).toMatchObject({
      text: 'CREATE VIEW v AS SELECT src.id FROM `dst`.orders src JOIN `dst`.lines l ON l.id = src.id',
      isDoubtful: true,
    });
  });

  it.each([
    ["CREATE PROCEDURE p() BEGIN SET @q = CONCAT('DELETE FROM src.', t); PREPARE s FROM @q; END", { isInText: true }],
    ["CREATE PROCEDURE p() SELECT 'DELETE FROM `src`.`t`'", { isInText: true }],
    ["CREATE PROCEDURE p() SELECT 'mysrc.t', 'src'", {}],
    [
      'CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW INSERT INTO shared.log SELECT * FROM src.a',
      { others: ['shared'] },
    ],
    ['CREATE VIEW v AS SELECT u.id FROM users u JOIN dst.w', {}],
    ['CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW INSERT INTO b VALUES (1) ON DUPLICATE KEY UPDATE b.n = 2', {}],
    ['CREATE PROCEDURE p() BEGIN FETCH c INTO r.field; END', {}],
  ])('reports %s', (text, told) => {
    const { text: _, ...found } = rewritten(text);
    expect(found).toEqual({ ...quiet, ...told });
  });
});

describe('an event of a copy', () => {
  const disabled = (text: string) => {
    const statement = one(text);
    return applyEdits(
      statement.text,
      disabledEvent(statement).map((edit) => shifted(edit, statement.textStart)),
    ).toString();
  };
  it.each([
    [
      'CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE ENABLE DO DELETE FROM t',
      'CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY ON COMPLETION NOT PRESERVE DISABLE DO DELETE FROM t',
    ],
    [
      "CREATE EVENT e ON SCHEDULE EVERY 1 DAY COMMENT 'ENABLE' DO SET @a = 1",
      "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE COMMENT 'ENABLE' DO SET @a = 1",
    ],
    [
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @ENABLE = 1',
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SET @ENABLE = 1',
    ],
    [
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE ON SLAVE DO SET @a = 1',
      'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE ON SLAVE DO SET @a = 1',
    ],
  ])('%s', (text, expected) => expect(disabled(text)).toBe(expected));
});

describe('a dump that is restored to another database', () => {
  const filtered = (dump: string, { database }: { database: string }) => {
    const filter = new MysqlDumpFilter(target({ database }));
    const sent = Buffer.concat(pieces(dump).map((piece) => filter.apply(piece))).toString();
    return { sent, notes: filter.notes, warnings: filter.warnings };
  };
  const HEAD =
    '-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB\n--\n-- Host: localhost    Database: src\n-- ------\n\n';
  const dump = `${HEAD}CREATE VIEW v AS SELECT 1 FROM src.t;\nCREATE EVENT e ON SCHEDULE EVERY 1 DAY ENABLE DO INSERT INTO src.log VALUES (1);\n`;
  it('is rewritten, with a note for each object, and its events are disabled', () => {
    const { sent, notes, warnings } = filtered(dump, { database: 'dst' });
    expect(sent).toBe(dump.replaceAll('src.', '`dst`.').replace('ENABLE', 'DISABLE'));
    expect(notes).toEqual([
      'rewrote `src` to `dst` in view `v` (1 place)',
      'rewrote `src` to `dst` in event `e` (1 place)',
    ]);
    expect(warnings).toEqual(['event `e` is disabled in this copy; to have it run: ALTER EVENT `dst`.`e` ENABLE']);
  });
  it('is unchanged under its own name', () => {
    expect(filtered(dump, { database: 'src' })).toEqual({ sent: dump, notes: [], warnings: [] });
  });
  it('has no database name in the head of its triggers', () => {
    const trigger = 'CREATE TRIGGER src.t AFTER INSERT ON src.a FOR EACH ROW SET @a = src.f();\n';
    const sent = 'CREATE TRIGGER `t` AFTER INSERT ON `a` FOR EACH ROW SET @a = `dst`.f();\n';
    expect(filtered(HEAD + trigger, { database: 'dst' }).sent).toBe(HEAD + sent);
  });
});
