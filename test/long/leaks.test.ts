import { expect, it } from 'vitest';
import { expectNoLeaks } from '../support/leaks.ts';

/** Seen: resident memory grew by 65 MiB in the first third after the warm-up, then by 5 and 6; the heap stayed at 33. */
const WORK = { restores: 300, calls: 10_000, warmUps: 2 };
const MOST_MIB = 64;

it(
  '300 restores and 10,000 calls leave a service as it was',
  async () => {
    const looks = await expectNoLeaks(WORK, MOST_MIB);
    expect(looks).toHaveLength(4);
    console.log(looks.map((look) => JSON.stringify(look)).join('\n'));
  },
  3 * 3_600_000,
);
