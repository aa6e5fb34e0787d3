import { expect, it } from 'vitest';
import { expectNoLeaks } from '../support/leaks.ts';

/** `npm run test:long` has 300 restores and 10,000 calls. */
const WORK = { restores: 3, calls: 300, warmUps: 1 };
const MOST_MIB = 150;

it('a service that restores, verifies and answers holds on to no descriptor, socket, process, thread or timer', async () => {
  await expect(expectNoLeaks(WORK, MOST_MIB)).resolves.toHaveLength(4);
}, 600_000);
