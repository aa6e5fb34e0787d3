/**
 * What mysqldump and mariadb-dump wrote, changed by chance, and some of it with an attack in it. A place where the judge
 * reads SQL otherwise than the server does shows as what the attack has done.
 */
import { it } from 'vitest';
import { EVERY_CASE } from '../support/every-case.ts';
import { expectHarmless } from '../support/mutant-source.ts';
import { mysqlMutants } from '../support/mutants-mysql.ts';
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
