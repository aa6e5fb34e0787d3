import { expect, test } from 'vitest';
import { walSegments } from '../../../lib/formats/pgbackrest/wal-position.ts';

test("a distance in the log is counted across logs and timelines, in segments of the cluster's size", () => {
  const count = (first: string, last: string, mib = 16) => walSegments(first, last, mib * 1024 ** 2);
  expect(count('000000010000000000000002', '000000010000000000000002')).toBe(1);
  expect(count('0000000100000000000000FE', '000000020000000100000001')).toBe(4);
  expect(count('00000001000000000000003F', '000000010000000100000000', 64)).toBe(2);
  expect(count('000000010000000000000005', '000000010000000000000002')).toBe(1);
});
