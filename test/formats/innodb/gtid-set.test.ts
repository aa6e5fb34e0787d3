import { describe, expect, it } from 'vitest';
import { goesBeyond, gtidText, heldGtids, parseGtids, without } from '../../../lib/formats/innodb/gtid-set.ts';

const A = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const B = '4350f323-7565-4e59-8763-4b1b83a0ce0e';
const minus = (set: string, other: string) => gtidText(without(parseGtids(set), parseGtids(other)));

describe('sets of MySQL', () => {
  it.each([
    [`${A}:1-5`, `${A}:6`, `${A}:1-5`],
    [`${A}:1-5`, `${A}:3`, `${A}:1-2:4-5`],
    [`${A}:1-5:7-9`, `${A}:2-8`, `${A}:1:9`],
    [`${A}:5`, `${A.toUpperCase()}:1-5`, ''],
    [`${A}:5,${B}:1-2`, `${A}:1-9,${B}:2`, `${B}:1`],
    [`${A}:5,${A}:8`, `${A}:5`, `${A}:8`],
    [`${A}:5`, '', `${A}:5`],
  ])('can be subtracted: %s without %s is %s', (set, other, left) => {
    expect(minus(set, other)).toBe(left);
  });
});

describe('sets of MariaDB', () => {
  it('count each part as one transaction, whichever server of the domain wrote it', () => {
    expect(minus('0-1-100,5-1-7', '0-2-100')).toBe('7 of domain 5');
    expect(minus('0-1-100', '0-1-99')).toBe('100 of domain 0');
  });

  it('include all earlier transactions of a server', () => {
    expect(gtidText(heldGtids('0-7-9,5-7-3'))).toBe('1-9 of domain 0, 1-3 of domain 5');
    expect(heldGtids('').size).toBe(0);
  });
});

it.each([
  ['0-7-9', '0-7-8', true],
  ['0-7-9', '0-7-9', false],
  ['0-7-9,1-7-5', '0-7-9', false],
  ['0-7-9,1-7-5', '0-7-9,1-7-4', true],
  [`${A}:1-5`, `${A}:1-4`, true],
  [`${A}:1-5`, `${A}:5`, false],
])('%s goes beyond %s: %s', (held, wanted, beyond) => {
  expect(goesBeyond(heldGtids(held), parseGtids(wanted))).toBe(beyond);
});
