/** Databases that chance made, loaded by the plain client and by us: as many as there is time for. */
import { expect, it } from 'vitest';
import { DB_TYPES } from '../../lib/domain/records.ts';
import { startDifferential } from '../support/differential-engines.ts';
import { NO_MYSQL } from '../support/servers.ts';
import { campaign } from './campaign.ts';

it.for(DB_TYPES)(
  '%s: loads what chance made as the plain client does',
  { timeout: 7_200_000 },
  async (dbType, context) => {
    const differential = await startDifferential(dbType);
    if (differential === undefined) return context.skip(NO_MYSQL);
    try {
      await campaign(`differential of ${dbType}`, 0.2, async (seed) => {
        expect(await differential.differ(seed)).toEqual([]);
      });
      const { loads, clientFailed } = differential.counts;
      console.log(`${dbType}: ${loads} loads compared, except ${clientFailed} that the plain client could not do`);
    } finally {
      await differential.stop();
    }
  },
);
