import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conflict, RestoreStopped } from '../../../lib/errors/errors.ts';
import {
  beforeFirstWrite,
  beforeNextWrite,
  holdsTarget,
  takeTarget,
} from '../../../lib/restores/admission/take-target.ts';
import { endRestore } from '../../../lib/restores/end/end-restore.ts';
import { RestoreReporter } from '../../../lib/restores/end/reporter.ts';
import { planRestores } from '../../../lib/restores/request.ts';
import { aBackup, aConnection, aRestore } from '../../support/records.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
const records = () => tables.records;

const NOW = new Date('2026-11-22T02:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
/** A plan on a target of its own. */
const aPlan = () => planRestores({}, aBackup(), aConnection({ host: `${randomUUID()}.example.com` }))[0];

describe('taking a target', () => {
  it('succeeds for only one of 50 simultaneous calls', async () => {
    const plan = aPlan();
    const ids = Array.from({ length: 50 }, () => randomUUID());
    const taken = await Promise.allSettled(ids.map((id) => takeTarget(records(), id, plan, NOW)));
    const winners = ids.filter((_, index) => taken[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const result of taken) {
      if (result.status === 'rejected') {
        expect(result.reason).toBeInstanceOf(Conflict);
        expect(result.reason.message).toBe(`restore ${winners[0]} is writing to database shop of Production PG`);
      }
    }
  });

  it('succeeds again for the same restore, and for another target', async () => {
    const plan = aPlan();
    const id = randomUUID();
    await takeTarget(records(), id, plan, NOW);
    await takeTarget(records(), id, plan, NOW);
    await takeTarget(records(), randomUUID(), { ...plan, database: 'shop2' }, NOW);
    await expect(takeTarget(records(), randomUUID(), plan, NOW)).rejects.toThrow(id);
  });

  it('treats two connections to the same server as the same target', async () => {
    const plan = aPlan();
    const alias = { ...plan, target: aConnection({ name: 'alias', host: plan.target.host.toUpperCase() }) };
    await takeTarget(records(), randomUUID(), plan, NOW);
    await expect(takeTarget(records(), randomUUID(), alias, NOW)).rejects.toBeInstanceOf(Conflict);
  });

  it('keeps the lock of a running restore, however old it is', async () => {
    const plan = aPlan();
    const restore = aRestore();
    await takeTarget(records(), restore.id, plan, NOW);
    await records().restores.insert(restore);
    await expect(takeTarget(records(), randomUUID(), plan, later(86_400))).rejects.toThrow(restore.id);
  });

  it.each(['success', 'failed', 'cancelled'] as const)(
    'gives the lock of a restore that ended as %s to one caller',
    async (status) => {
      const plan = aPlan();
      const restore = aRestore({ status });
      await takeTarget(records(), restore.id, plan, NOW);
      await records().restores.insert(restore);
      const ids = Array.from({ length: 20 }, () => randomUUID());
      const taken = await Promise.allSettled(ids.map((id) => takeTarget(records(), id, plan, later(1))));
      const winners = ids.filter((_, index) => taken[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      await expect(takeTarget(records(), randomUUID(), plan, later(1))).rejects.toThrow(winners[0]);
    },
  );

  it('gives away a lock without a record after a minute, but not before', async () => {
    const plan = aPlan();
    const dead = randomUUID();
    await takeTarget(records(), dead, plan, NOW);
    for (const seconds of [0, 1, 60]) {
      await expect(takeTarget(records(), randomUUID(), plan, later(seconds))).rejects.toThrow(dead);
    }
    const next = randomUUID();
    await takeTarget(records(), next, plan, later(61));
    await expect(takeTarget(records(), randomUUID(), plan, later(61))).rejects.toThrow(next);
  });

  it('keeps the target for the worker of the restore that took it, while that runs', async () => {
    const plan = aPlan();
    const restore = aRestore({ claimed_by: 'this one' });
    const holds = (one = restore, worker: string | null = 'this one', of = plan) =>
      holdsTarget(records(), { restore: one, worker }, of);
    expect(await holds()).toBe(false);
    await takeTarget(records(), restore.id, plan, NOW);
    expect(await holds()).toBe(false);
    await records().restores.insert(restore);
    expect(await holds()).toBe(true);
    expect(await holds(aRestore({ claimed_by: 'this one' }))).toBe(false);
    expect(await holds(restore, 'another one')).toBe(false);
    expect(await holds(restore, null)).toBe(false);
    expect(await holds(restore, 'this one', { ...plan, database: 'shop2' })).toBe(false);
    await endRestore(tables, restore.id, { status: 'success' }, NOW);
    expect(await holds()).toBe(false);
  });
});

describe('a worker checks its claim', () => {
  async function aClaimedTarget() {
    const plan = aPlan();
    const restore = aRestore({ claimed_by: 'this one' });
    await takeTarget(records(), restore.id, plan, NOW);
    await records().restores.insert(restore);
    const reporter = await RestoreReporter.open(records(), restore.id, () => {}, 'this one');
    return { plan, restore, reporter };
  }
  const lose = (id: string) => records().restores.update(id, { claimed_by: 'another one' });

  it('before its first write', async () => {
    const { plan, restore, reporter } = await aClaimedTarget();
    await expect(beforeFirstWrite(records(), reporter, plan)).resolves.toBeUndefined();
    await lose(restore.id);
    await expect(beforeFirstWrite(records(), reporter, plan)).rejects.toBeInstanceOf(RestoreStopped);
    await reporter.close();
  });

  it('again before the next one, if there may have been a wait', async () => {
    const { plan, restore, reporter } = await aClaimedTarget();
    await reporter.close();
    const look = beforeNextWrite(records(), reporter, plan);
    await expect(look()).resolves.toBeUndefined();
    await lose(restore.id);
    await expect(look()).resolves.toBeUndefined(); // it has just looked
    await sleep(1100);
    await expect(look()).rejects.toThrow('no longer holds its target');
    await expect(look()).rejects.toThrow('no longer holds its target');
  });
});
