/**
 * Honest archives and plain SQL that chance has changed, some of them with an attack in it. A place where the judge reads
 * SQL otherwise than the server does shows as what the attack has done.
 */
import { it } from 'vitest';
import { EVERY_CASE } from '../support/every-case.ts';
import { expectHarmless } from '../support/mutant-source.ts';
import { postgresMutants } from '../support/mutants-postgres.ts';

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
