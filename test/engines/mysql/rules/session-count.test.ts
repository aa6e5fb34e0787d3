import { expect, it } from 'vitest';
import { sessionCount } from '../../../../lib/engines/mysql/rules/session-count.ts';

it.each([
  [0, 1],
  [0.25, 1],
  [1, 2],
  [2, 4],
  [16, 4],
])('with %d CPUs uses %d sessions', (cpus, sessions) => {
  expect(sessionCount(cpus)).toBe(sessions);
});
