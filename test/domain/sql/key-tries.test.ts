import { expect, it } from 'vitest';
import { nextTries, statementOf, type Try } from '../../../lib/domain/sql/key-tries.ts';

const one = Buffer.from('ALTER TABLE `t` ADD KEY `a` (`a`)');
const two = Buffer.from('ALTER TABLE `t` ADD KEY `b` (`b`)');
const both: Try = {
  addition: { together: Buffer.from('ALTER TABLE `t` ADD KEY `a` (`a`), ADD KEY `b` (`b`)'), singly: [one, two] },
  byCopy: false,
};
const next = (tried: Try, errno: number) => nextTries(tried, errno)?.map((another) => statementOf(another).toString());

it.each([138, 1845, 1846])('copies the table where it cannot be changed in place (%i)', (errno) => {
  expect(next(both, errno)).toEqual([`${both.addition.together}, ALGORITHM=COPY`]);
});

it.each([1021, 1026, 1114, 1296, 1878])('adds one key after the other where there is no room for all (%i)', (errno) => {
  expect(next(both, errno)).toEqual([String(one), String(two)]);
  const [first] = nextTries(both, errno) ?? [];
  expect(first && next(first, errno)).toEqual([`${one}, ALGORITHM=COPY`]);
});

it('gives up after a copy, and for other errors', () => {
  expect(nextTries({ ...both, byCopy: true }, 1878)).toBeUndefined();
  expect(nextTries(both, 1062)).toBeUndefined();
});
