/**
 * Random mutations of honest archives and plain SQL, some containing an attack. If the judge reads SQL differently from
 * the server anywhere, the attack has a visible effect.
 */
import { it } from 'vitest';
import { EVERY_CASE } from '../support/every-case.ts';
import { expectHarmless } from '../support/mutants/mutant-source.ts';
import { postgresMutants } from '../support/mutants/mutants-postgres.ts';

const COUNTS = EVERY_CASE ? { loaded: 40, sent: 20 } : { loaded: 20, sent: 6 };

it.each(['archive', 'plain SQL'] as const)(
  '%s: change nothing outside of their database, accepted or not',
  async (format) => {
    const source = await postgresMutants(format);
    try {
      await expectHarmless(source, COUNTS);
    } finally {
      await source.stop();
    }
  },
  300_000,
);
