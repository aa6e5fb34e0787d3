/**
 * Random databases, dumped as Jagad does and loaded by the plain client and by us, into an empty and over a changed
 * database: the result is the same objects and rows. `long/differential.test.ts` runs as many seeds as there is time
 * for.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbType } from '../lib/databases/names.ts';
import { type Differential, startDifferential } from './support/differential/differential-engines.ts';
import { everyCase } from './support/every-case.ts';
import { NO_POSTGRES_17, usePostgres17 } from './support/postgres-17.ts';
import { NO_MYSQL } from './support/servers.ts';

/** For each engine: seeds that once failed come first. They lose their meaning if the generator changes. */
const SEEDS: [engine: DbType | 'postgresql 17', seeds: readonly number[]][] = [
  // grants on objects whose names need quotes (1, 10), the key of a partition called "x;y" (72), a range type where
  // functions are closed by default (40009)
  ['postgresql', everyCase([10, 72, 40009], [1, 3, 4, 12])],
  // a unique key by hash (2), rows replaced under a lock (30216)
  ['mariadb', everyCase([2, 30216, 1], [3, 4, 5])],
  // a view whose definer is missing (7, 78, 82)
  ['mysql', everyCase([7, 2, 3], [78, 82, 1])],
  // last: from then on this file has the tools of 17
  ...everyCase<['postgresql 17', number[]]>([], [['postgresql 17', [20]]]),
];
/** How many of the random statements the server has to accept, so that the databases have enough content. */
const LEAST_TAKEN = 0.7;

describe.each(SEEDS)('%s', (engine, seeds) => {
  let differential: Differential | undefined;
  beforeAll(async () => {
    if (engine !== 'postgresql 17') differential = await startDifferential(engine);
    else if (await usePostgres17()) differential = await startDifferential('postgresql');
  });
  afterAll(() => differential?.stop());
  beforeEach((context) => {
    if (differential === undefined) context.skip(engine === 'postgresql 17' ? NO_POSTGRES_17 : NO_MYSQL);
  });

  it.each(seeds)('loads the random database of seed %i like the plain client', async (seed) => {
    expect(await (differential as Differential).differ(seed)).toEqual([]);
  });

  it('compares at least one database', () => {
    const { taken, made, loads, clientFailed } = (differential as Differential).counts;
    expect(taken).toBeGreaterThan(made * LEAST_TAKEN);
    expect(loads).toBeGreaterThan(seeds.length);
    expect(clientFailed).toBeLessThan(loads / 2);
  });
});
