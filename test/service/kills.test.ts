import { expect, it } from 'vitest';
import { randomNumbers } from '../support/chunks.ts';
import { killAgainAndAgain } from '../support/trouble/kills.ts';

/** `npm run test:long` has as many as there is time for. */
const KILLS = 3;

it('a service that is killed leaves no restore running, no target taken, no file with a password and no process', async () => {
  await expect(killAgainAndAgain('postgresql', KILLS, randomNumbers(20))).resolves.toBeUndefined();
}, 600_000);
