import { expect, it } from 'vitest';
import { DumpEndCheck } from '../../../../lib/databases/dump-end.ts';

const HEAD = '-- MySQL dump 10.13  Distrib 8.0.40, for Linux (x86_64)\n--\n\n/*!40101 SET NAMES utf8mb4 */;\n';
const TABLE = 'CREATE TABLE `t` (\n  `id` int NOT NULL\n) ENGINE=InnoDB;\n';
const ROWS = 'INSERT INTO `t` VALUES (1),(2);\nINSERT INTO `t` VALUES (3);\n';
const END = '/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n\n-- Dump completed on 2026-11-22  2:00:00\n';
const LOST = 'mysqldump: Error 2013: Lost connection to server during query when dumping table `t` at row: 7';
const PASSWORD = 'mysqldump: [Warning] Using a password on the command line interface can be insecure.';
const MARIADB = "mariadb-dump: Couldn't execute 'SHOW FUNCTION STATUS': Access denied (1044)";

function check(dump: string): void {
  const end = new DumpEndCheck();
  end.push(Buffer.from(dump));
  end.end();
  end.checkAccepted();
}

it('accepts a dump without such a line', () => {
  expect(() => check(HEAD + TABLE + ROWS + END)).not.toThrow();
});

it.each([LOST, PASSWORD, MARIADB])('reports the line wherever it is: %s', (line) => {
  const named = expect.objectContaining({
    message: expect.stringContaining(`the dump contains a message of the dump tool: "${line}"`),
    hint: expect.stringContaining('2>&1'),
  });
  const placed = [
    `${line}\n${HEAD}${TABLE}${ROWS}${END}`,
    `${HEAD}${TABLE}${line}\n${ROWS}${END}`,
    `${HEAD}${TABLE}${ROWS.replace('(2)', `(2${line}\n)`)}${END}`,
    `${HEAD}${TABLE}${ROWS}${line}\n`,
    `${HEAD}${TABLE}${ROWS}${END}${line}\n`,
  ];
  for (const dump of placed) {
    let thrown: unknown;
    try {
      check(dump);
    } catch (error) {
      thrown = error;
    }
    expect(thrown, dump).toEqual(named);
  }
});

it('accepts the same words in rows', () => {
  const rows = `INSERT INTO \`t\` VALUES ('${LOST}');\n`;
  expect(() => check(HEAD + TABLE + rows + END)).not.toThrow();
});
