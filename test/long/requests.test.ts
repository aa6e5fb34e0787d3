import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { randomNumbers } from '../support/chunks.ts';
import { sendRandomRequests, state } from '../support/random/random-requests.ts';
import { startService } from '../support/service.ts';
import { campaign } from './campaign.ts';

const REQUESTS = 1000;

it(`${REQUESTS} random requests are answered without a fault, and change nothing`, async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  const service = await startService({ stateDirectory });
  try {
    await campaign(`${REQUESTS} random requests`, 0.2, async (seed) => {
      const before = await state(service);
      await sendRandomRequests(service, REQUESTS, randomNumbers(seed));
      // a logout among them is one of its own session
      expect(await state(service)).toEqual(before);
    });
  } finally {
    await service.stop();
    rmSync(stateDirectory, { recursive: true, force: true });
  }
}, 7_200_000);
