import { expect, it } from 'vitest';
import { neighbourFindings } from '../../../../lib/engines/postgres/rules/preflight/neighbours.ts';

it('a standby that is further behind than the limit is told, and no other', () => {
  const standbys = [
    { name: 'near', behindBytes: 1024 * 1024 },
    { name: 'far', behindBytes: 1024 * 1024 + 1 },
  ];
  const found = neighbourFindings(undefined, { holders: [], slots: [], standbys }, 1024 * 1024);
  expect(found.map(({ message }) => message)).toEqual(['standbys are behind already: far by 2 MiB']);
});
