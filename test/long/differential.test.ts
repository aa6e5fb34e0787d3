/** Random databases, loaded by the plain client and by us: as many as there is time for. */
import { expect, it } from 'vitest';
import { DB_TYPES } from '../../lib/databases/names.ts';
import { startDifferential } from '../support/differential/differential-engines.ts';
import { NO_POSTGRES_17, usePostgres17 } from '../support/postgres-17.ts';
import { NO_MYSQL } from '../support/servers.ts';
import { campaign } from './campaign.ts';

// 17 last: from then on, this file uses its tools
it.for([...DB_TYPES, 'postgresql 17'] as const)(
  '%s: loads random databases like the plain client',
  { timeout: 7_200_000 },
  async (engine, context) => {
    if (engine === 'postgresql 17' && !(await usePostgres17())) return context.skip(NO_POSTGRES_17);
    const differential = await startDifferential(engine === 'postgresql 17' ? 'postgresql' : engine);
    if (differential === undefined) return context.skip(NO_MYSQL);
    try {
      await campaign(`differential of ${engine}`, 0.2, async (seed) => {
        expect(await differential.differ(seed)).toEqual([]);
      });
      const { loads, clientFailed } = differential.counts;
      console.log(`${engine}: ${loads} loads compared, except ${clientFailed} that the plain client could not do`);
    } finally {
      await differential.stop();
    }
  },
);
