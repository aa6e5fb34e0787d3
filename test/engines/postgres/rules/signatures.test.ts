import { expect, it } from 'vitest';
import { signature } from '../../../../lib/engines/postgres/rules/preflight/signatures.ts';

it.each([
  ['f()', 'f()'],
  ['f(a integer, b text)', 'f(integer, text)'],
  ['f(integer, text)', 'f(integer, text)'],
  ['f(n integer DEFAULT 1, OUT x text)', 'f(integer)'],
  ["f(n text DEFAULT 'a, (b'::text, at timestamp without time zone = now())", 'f(text, timestamp without time zone)'],
  [
    'f(double precision, x double precision, character varying[])',
    'f(double precision, double precision, character varying[])',
  ],
  ['f(VARIADIC parts text[], INOUT "a b" public."odd, type")', 'f(text[], public."odd, type")'],
  ['f(public.mood, "Mood" public.mood, "char", a "char")', 'f(public.mood, public.mood, "char", "char")'],
  ['(a)(b integer)', '(a)(integer)'],
  ['total(*)', 'total(*)'],
  ['no group', 'no group'],
])('%s has the signature %s', (written, wanted) => {
  expect(signature(written)).toBe(wanted);
});
