/** How attempts at one password take turns, with a table that is as slow as DynamoDB. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Attempts, FREE_FAILURES, MAX_DELAY_MS, MAX_WAIT_MS } from '../../../lib/accounts/sessions/login-limit.ts';
import { takeTurn } from '../../../lib/accounts/sessions/take-turn.ts';
import { TooManyRequests } from '../../../lib/errors/errors.ts';

const KEY = '192.0.2.7#1';

function tableOf(stored: Record<string, Attempts> = {}) {
  const items = new Map(Object.entries(stored));
  const loginAttempts = {
    get: async (key: string) => {
      await sleep(1);
      return items.get(key);
    },
    replace: async (key: string, before: Attempts | undefined, now: Attempts) => {
      await sleep(1);
      if (JSON.stringify(items.get(key)) !== JSON.stringify(before)) return false;
      items.set(key, now);
      return true;
    },
  };
  return { items, records: { loginAttempts } as unknown as Parameters<typeof takeTurn>[0] };
}

/**
 * Tries again and again, as fast as allowed.
 * @returns how often it was let through, and how often refused.
 */
async function guess(records: Parameters<typeof takeTurn>[0], until: () => boolean) {
  const counts = { through: 0, refused: 0 };
  while (!until()) {
    try {
      await takeTurn(records, KEY);
      counts.through += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(TooManyRequests);
      expect((error as TooManyRequests).retryAfterMs).toBeLessThanOrEqual(MAX_DELAY_MS);
      counts.refused += 1;
      await sleep(20);
    }
  }
  return counts;
}

describe.concurrent('turns to try a password', () => {
  it('come at once for users who never failed', async () => {
    const { records, items } = tableOf();
    const began = performance.now();
    for (let attempt = 0; attempt < 20; attempt++) {
      const turn = await takeTurn(records, KEY);
      expect(turn.failures).toBe(1);
      await turn.giveBack();
    }
    expect(performance.now() - began).toBeLessThan(2000);
    expect(items.get(KEY)?.failures).toBe(0);
  });

  it('are not multiplied by sending guesses at once', { timeout: 20_000 }, async () => {
    const { records } = tableOf();
    const end = Date.now() + 6000;
    const loops = Array.from({ length: 40 }, () => guess(records, () => Date.now() > end));
    const through = (await Promise.all(loops)).reduce((sum, counts) => sum + counts.through, 0);
    // five at once, three while the delay grows, then one every two seconds, to the end of the last wait
    expect(through).toBeGreaterThanOrEqual(FREE_FAILURES + 3);
    expect(through).toBeLessThanOrEqual(FREE_FAILURES + 3 + Math.ceil((6000 + MAX_WAIT_MS) / MAX_DELAY_MS));
  });

  it('come within seconds, however many attempts have failed', { timeout: 20_000 }, async () => {
    const { records } = tableOf({ [KEY]: { failures: 1_000_000, next_at: Date.now() + MAX_DELAY_MS } });
    const began = performance.now();
    expect((await takeTurn(records, KEY)).failures).toBe(1_000_001);
    expect(performance.now() - began).toBeLessThan(MAX_DELAY_MS + 1500);
  });

  it('are not held up by another user or another address', async () => {
    const { records } = tableOf({ [KEY]: { failures: 99, next_at: Date.now() + MAX_DELAY_MS } });
    const began = performance.now();
    await takeTurn(records, '192.0.2.7#2');
    await takeTurn(records, '192.0.2.8#1');
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('come for everyone who waits, even if others keep guessing', { timeout: 90_000 }, async () => {
    const { records } = tableOf({ [KEY]: { failures: 99, next_at: Date.now() + MAX_DELAY_MS } });
    let isIn = false;
    const guessing = Array.from({ length: 2 }, () => guess(records, () => isIn));
    const began = performance.now();
    while (!isIn) isIn = await attempt(records);
    // beside two others, it waits for more than twenty turns once in three thousand cases
    expect(performance.now() - began).toBeLessThan(20 * MAX_DELAY_MS + 5000);
    await Promise.all(guessing);
  });

  it('can be given back without forgetting the failures of others', async () => {
    const { records, items } = tableOf();
    const [own, other] = [await takeTurn(records, KEY), await takeTurn(records, KEY)];
    expect(other.failures).toBe(2);
    await own.giveBack();
    expect(items.get(KEY)?.failures).toBe(1);
  });
});

async function attempt(records: Parameters<typeof takeTurn>[0]): Promise<boolean> {
  return takeTurn(records, KEY).then(
    () => true,
    () => false,
  );
}
