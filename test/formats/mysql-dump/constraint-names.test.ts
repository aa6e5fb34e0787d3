import { expect, it } from 'vitest';
import type { ConstraintNames } from '../../../lib/formats/mysql-dump/rewrite/constraint-names.ts';
import { filtered } from '../../engines/mysql/dump-support.ts';

const PER_DATABASE = { foreignKeys: new Set(['fk']), checks: new Set<string>() };

function sent(takenConstraints: ConstraintNames, ...definitions: string[]): string[] {
  const dump = definitions.map((one, at) => `CREATE TABLE \`t${at}\` (\`a\` int,\n${one});`).join('\n');
  return [...filtered(dump, { takenConstraints }).sent.matchAll(/CONSTRAINT `([^`]*)`/g)].map(([, name]) => name ?? '');
}

const key = (name: string) => `CONSTRAINT \`${name}\` FOREIGN KEY (\`a\`) REFERENCES \`p\` (\`a\`)`;
const check = (name: string) => `CONSTRAINT \`${name}\` CHECK (\`a\` > 1)`;

it('renames what has a name that is taken, whatever its case', () => {
  expect(sent(PER_DATABASE, key('FK'), key('1'), key('1'), `${check('c')}, ${key('c')}`, check('C'))).toEqual([
    ...['t0_FK', '1', 't2_1', 'c', 'c', 't4_C'],
  ]);
});

it('keeps the names where each table has its own', () => {
  const perTable = { foreignKeys: undefined, checks: undefined };
  expect(sent(perTable, key('1'), key('1'), check('c'), check('c'))).toEqual(['1', '1', 'c', 'c']);
});

it('gives none a name that is taken, or too long', () => {
  const long = 'k'.repeat(64);
  const names = sent(PER_DATABASE, key(long), key(long), key('t4_1'), key('1'), `${key('1')}, ${key('x')}`);
  expect(new Set(names).size).toBe(names.length);
  expect(Math.max(...names.map((name) => name.length))).toBe(64);
});
