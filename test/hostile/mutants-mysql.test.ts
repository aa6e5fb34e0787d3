/**
 * Random mutations of what mysqldump and mariadb-dump wrote, some containing an attack. If the judge reads SQL
 * differently from the server anywhere, the attack has a visible effect.
 */
import { it } from 'vitest';
import { EVERY_CASE } from '../support/every-case.ts';
import { expectHarmless } from '../support/mutants/mutant-source.ts';
import { mysqlMutants } from '../support/mutants/mutants-mysql.ts';
import { NO_MYSQL } from '../support/servers.ts';

const COUNTS = EVERY_CASE ? { loaded: 40, sent: 20 } : { loaded: 20, sent: 6 };

it.for(['mariadb', 'mysql'] as const)(
  '%s: change nothing outside of their database, accepted or not',
  { timeout: 300_000 },
  async (dbType, context) => {
    const source = await mysqlMutants(dbType);
    if (source === undefined) return context.skip(NO_MYSQL);
    try {
      await expectHarmless(source, COUNTS);
    } finally {
      await source.stop();
    }
  },
);
