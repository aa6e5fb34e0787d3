/** Random faults, at random moments of a restore, of every engine. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DB_TYPES, type DbType } from '../../lib/databases/names.ts';
import { toldOf } from '../faults/describe-faults.ts';
import { nameOf, randomStrike } from '../faults/faults.ts';
import { type Scene, setScene } from '../faults/scene.ts';
import { randomNumbers } from '../support/chunks.ts';
import { campaign } from './campaign.ts';

const scenes = new Map<DbType, Scene>();
beforeAll(async () => {
  for (const dbType of DB_TYPES) {
    const scene = await setScene(dbType);
    if (scene !== undefined) scenes.set(dbType, scene);
  }
});
afterAll(async () => {
  for (const scene of scenes.values()) await scene.stop();
});

it('random faults at random times', async () => {
  const engines = [...scenes.entries()];
  expect(engines.length).toBeGreaterThan(1);
  await campaign('random faults', 0.3, async (seed) => {
    const [dbType, scene] = engines[seed % engines.length] as [DbType, Scene];
    const strike = randomStrike(randomNumbers(seed));
    try {
      toldOf(await scene.run(strike));
    } catch (error) {
      throw new Error(`${dbType}, ${nameOf(strike)}`, { cause: error });
    }
  });
}, 7_200_000);
