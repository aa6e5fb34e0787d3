import { it } from 'vitest';
import { DB_TYPES } from '../../lib/databases/names.ts';
import { findMysqlBinDir } from '../../lib/engines/programs/find-binaries.ts';
import { randomNumbers } from '../support/chunks.ts';
import { killAgainAndAgain } from '../support/trouble/kills.ts';
import { campaign } from './campaign.ts';

const KILLS = 5;

it(`a service that is killed ${KILLS} times, of every engine`, async () => {
  const hasMysql = (await findMysqlBinDir(process.env)) !== undefined;
  const engines = DB_TYPES.filter((dbType) => dbType !== 'mysql' || hasMysql);
  await campaign(`${KILLS} kills`, 0.3, (seed) =>
    killAgainAndAgain(engines[seed % engines.length] ?? 'postgresql', KILLS, randomNumbers(seed)),
  );
}, 7_200_000);
