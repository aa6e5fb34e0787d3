/** Randomly mutated dumps: all that pass are loaded, and nothing outside the target changes. */
import { expect, it } from 'vitest';
import { loadMutant, type MutantSource } from '../support/mutants/mutant-source.ts';
import { mysqlMutants } from '../support/mutants/mutants-mysql.ts';
import { postgresMutants } from '../support/mutants/mutants-postgres.ts';
import { NO_MYSQL } from '../support/servers.ts';
import { campaign } from './campaign.ts';

const SOURCES: [string, () => Promise<MutantSource | undefined>][] = [
  ['an archive', () => postgresMutants('archive')],
  ['plain SQL', () => postgresMutants('plain SQL')],
  ['mariadb', () => mysqlMutants('mariadb')],
  ['mysql', () => mysqlMutants('mysql')],
];
/** The share of all mutants that has to load completely. */
const LEAST_LOADED = 0.3;

it.for(SOURCES)('mutants of %s', { timeout: 7_200_000 }, async ([name, start], context) => {
  const source = await start();
  if (source === undefined) return context.skip(NO_MYSQL);
  try {
    await source.load(source.mutant(0), 0);
    const before = await source.witnesses();
    const counts = { ran: 0, accepted: 0, whole: 0 };
    await campaign(`mutants of ${name}`, 0.25, async (seed) => {
      counts.ran++;
      if (source.refusal(source.mutant(seed)) !== undefined) return;
      counts.accepted++;
      if (await loadMutant(source, seed)) counts.whole++;
      expect(await source.witnesses()).toEqual(before);
    });
    console.log(
      `mutants of ${name}: ${counts.ran} ran, ${counts.accepted} were accepted, ${counts.whole} loaded whole`,
    );
    expect(counts.whole).toBeGreaterThan(counts.ran * LEAST_LOADED);
  } finally {
    await source.stop();
  }
});
