import { describe, expect, it } from 'vitest';
import { MAX_DISK_GIB } from '../../../lib/backups/physical/recovery-disk.ts';
import { DB_TYPES, type DbType } from '../../../lib/databases/names.ts';
import { taskOverrides, taskSize } from '../../../lib/restores/admission/task-size.ts';

const GIB = 1024 ** 3;
const backup = (db_type: DbType, size_bytes: number | null, object_bytes: number | null = null) => ({
  ...{ db_type, size_bytes, object_bytes },
});

/** Fargate's pairs: vCPU units → least, most and step of the memory in MiB. */
const PAIRS = new Map([
  [1024, [2048, 8192, 1024]],
  [2048, [4096, 16384, 1024]],
  [4096, [8192, 30720, 1024]],
]);

const SIZES = [0, 1, 1e6, GIB, GIB + 1, 15 * GIB, 16 * GIB, 20 * GIB, 99 * GIB, 194 * GIB, 194 * GIB + 1, 5000 * GIB];

describe.each(DB_TYPES)('a task for %s', (dbType) => {
  it("has a size that Fargate offers, whatever the backup's size", () => {
    for (const bytes of SIZES) {
      const { cpu_units, memory_mib, disk_gib } = taskSize(backup(dbType, bytes));
      const [least = 0, most = 0, step = 1] = PAIRS.get(cpu_units) ?? [];
      expect(memory_mib).toBeGreaterThanOrEqual(least);
      expect(memory_mib).toBeLessThanOrEqual(most);
      expect((memory_mib - least) % step).toBe(0);
      expect(disk_gib).toBeGreaterThanOrEqual(21);
      expect(disk_gib).toBeLessThanOrEqual(200);
      expect(Number.isInteger(disk_gib)).toBe(true);
    }
  });

  it('costs more if it is larger', () => {
    const costs = SIZES.map((bytes) => taskSize(backup(dbType, bytes)).estimated_cost_usd);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(costs[0]).toBeGreaterThan(0);
  });
});

it.each([
  ['a small one', 100e6, 1024, 21],
  ['up to a GiB', GIB, 1024, 21],
  ['above', GIB + 1, 2048, 21],
  ['with the archive, the image and a margin on the disk', 16 * GIB, 2048, 22],
  ['a large one', 100 * GIB, 4096, 106],
  ['the largest that fits', 194 * GIB, 4096, MAX_DISK_GIB],
  ['one that streams, as it fits no disk', 194 * GIB + 1, 2048, 21],
])('PostgreSQL: %s', (_, bytes, cpu_units, disk_gib) => {
  expect(taskSize(backup('postgresql', bytes))).toMatchObject({ cpu_units, disk_gib });
});

it('has the smallest size if the dump needs no disk', () => {
  expect(taskSize(backup('mariadb', 500 * GIB))).toMatchObject({ cpu_units: 4096, disk_gib: 21 });
});

it('uses the object’s size if the record does not say the dump’s', () => {
  expect(taskSize(backup('postgresql', null, 50 * GIB))).toEqual(taskSize(backup('postgresql', 60 * GIB)));
  expect(taskSize(backup('mysql', null, GIB))).toEqual(taskSize(backup('mysql', 8 * GIB)));
  expect(taskSize(backup('mysql', null))).toMatchObject({ cpu_units: 1024, disk_gib: 21 });
  expect(taskSize(backup('mysql', 5, 99 * GIB))).toEqual(taskSize(backup('mysql', 5)));
});

it('has a price that can be checked by hand', () => {
  // 61 minutes of 2 vCPU, 4 GiB, and 8 GiB of disk beyond the free amount
  const bytes = 7_000_000 * 2 * 3600;
  expect(Math.ceil(bytes / GIB)).toBe(47);
  const { estimated_cost_usd } = taskSize(backup('postgresql', bytes / 2.5));
  const hours = (60 + 3600 / 2.5) / 3600;
  expect(estimated_cost_usd).toBeCloseTo(hours * (2 * 0.03238 + 4 * 0.00356 + 5 * 0.000111), 4);
});

it('is passed to RunTask as strings', () => {
  expect(taskOverrides(taskSize(backup('postgresql', 100 * GIB)))).toEqual({
    cpu: '4096',
    memory: '8192',
    disk_gib: 106,
  });
});
