import { expect, it } from 'vitest';
import { expectNoLeaks } from '../support/leaks.ts';

/** 200 ended executions can be asked about, and memory grows until there are so many: 65 MiB in a third, then 5 or 6. */
const WORK = { restores: 300, calls: 10_000, warmUps: 3 };
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
