import { expect, it } from 'vitest';
import { nextTries, rebuildStatements, statementOf, type Try } from '../../../../lib/engines/mysql/rules/key-tries.ts';

const one = Buffer.from('ALTER TABLE `t` ADD KEY `a` (`a`)');
const two = Buffer.from('ALTER TABLE `t` ADD KEY `b` (`b`)');
const table = Buffer.from('`t`');
const together = Buffer.from('ALTER TABLE `t` ADD KEY `a` (`a`), ADD KEY `b` (`b`)');
const both: Try = { addition: { table, together, singly: [one, two] }, byCopy: false };
const single: Try = { addition: { table, together: one, singly: [one] }, byCopy: false };
const next = (tried: Try, errno: number) => {
  const tries = nextTries(tried, errno);
  return Array.isArray(tries) ? tries.map((another) => statementOf(another).toString()) : tries;
};

it.each([138, 1845, 1846])('copies the table if it cannot be changed in place (%i)', (errno) => {
  expect(next(both, errno)).toEqual([`${both.addition.together}, ALGORITHM=COPY`]);
});

it.each([1021, 1026, 1114, 1296, 1878])('adds one key at a time if there is no room for all (%i)', (errno) => {
  expect(next(both, errno)).toEqual([String(one), String(two)]);
  expect(next(single, errno)).toEqual([`${one}, ALGORITHM=COPY`]);
  expect(next({ ...single, byCopy: true }, errno)).toBe('rebuild');
});

it('adds the other keys if one cannot be added', () => {
  expect(next(both, 1062)).toEqual([String(one), String(two)]);
  expect(next({ ...both, byCopy: true }, 1062)).toEqual([String(one), String(two)]);
  expect(next(single, 1062)).toBeUndefined();
  expect(next({ ...single, byCopy: true }, 1062)).toBeUndefined();
});

it('recreates a table with its keys before its rows', () => {
  const { fill, swap } = rebuildStatements([both.addition], 'made', '7');
  expect(fill.map(String)).toEqual([
    'CREATE TABLE made LIKE `t`',
    'ALTER TABLE made ADD KEY `a` (`a`), ADD KEY `b` (`b`)',
    'INSERT INTO made SELECT * FROM `t`',
    'ALTER TABLE made AUTO_INCREMENT = 7',
  ]);
  expect(swap.map(String)).toEqual(['DROP TABLE `t`', 'RENAME TABLE made TO `t`']);
});
