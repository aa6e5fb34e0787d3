import { expect, it } from 'vitest';
import { withDefault, withKey, withoutKey } from '../../../lib/connections/keys/model.ts';
import { Conflict, Impossible, NotFound } from '../../../lib/errors/errors.ts';

const [a, b, c] = ['a', 'b', 'c'].map((id) => ({ id, value: `value of ${id}` })) as [
  { id: string; value: string },
  { id: string; value: string },
  { id: string; value: string },
];

it('lists the default first, and the others in the order in which they were added', () => {
  expect(withKey([], a, false)).toEqual([a]);
  expect(withKey([a, b], c, false)).toEqual([a, b, c]);
  expect(withKey([a, b], c, true)).toEqual([c, a, b]);
  expect(withDefault([a, b, c], 'c')).toEqual([c, a, b]);
  expect(withDefault([a, b], 'a')).toEqual([a, b]);
  expect(withoutKey([a, b, c], 'a')).toEqual([b, c]);
});

it('never replaces or invents a key', () => {
  expect(() => withKey([a], { id: 'a', value: 'another' }, true)).toThrow(Conflict);
  expect(() => withDefault([a], 'b')).toThrow(NotFound);
  expect(() => withoutKey([a], 'b')).toThrow(NotFound);
});

it('says when a secret can hold no more, in bytes', () => {
  const large = (id: string) => ({ id, value: 'ü'.repeat(16_000) });
  const two = withKey([large('a')], large('b'), false);
  expect(() => withKey(two, large('c'), false)).toThrow(Impossible);
});
