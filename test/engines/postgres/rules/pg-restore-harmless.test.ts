import { expect, it } from 'vitest';
import { isKeyDrop } from '../../../../lib/engines/postgres/rules/pg-restore-harmless.ts';

it.each([
  ['ALTER TABLE IF EXISTS ONLY public.orders DROP CONSTRAINT IF EXISTS orders_pkey;', true],
  ['ALTER TABLE ONLY public."x;y" DROP CONSTRAINT "x;y_pkey"', true],
  ['ALTER TABLE ONLY "a""b;".orders DROP CONSTRAINT "a\n;""key";', true],
  ['ALTER TABLE ONLY public.orders DROP CONSTRAINT orders_pkey; DROP TABLE public.orders;', false],
  ['ALTER TABLE ONLY public."x" DROP CONSTRAINT "y"; DROP TABLE "x"', false],
  ['DROP TABLE public.orders;', false],
])('%s drops a key: %s', (command, expected) => {
  expect(isKeyDrop(command)).toBe(expected);
});
