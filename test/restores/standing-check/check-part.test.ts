import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPart } from '../../../lib/restores/standing-check/check-part.ts';
import type { StandingCheckPart } from '../../../lib/restores/standing-check/states.ts';
import { type Fleet, startFleet } from '../../support/fleet.ts';

/** A server that refuses connections: what it answers doesn't matter here. */
const SERVER = { dbType: 'mariadb', host: '127.0.0.1', port: 1, username: 'root', password: 'p' } as const;
const DATABASES = 6;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ server: SERVER, connections: 2, databases: DATABASES, dump: Buffer.from('-- a dump\n') });
});
afterAll(() => fleet.stop());

const start = (): { job_id: string; part: { subject_id: null } } => ({
  ...{ job_id: randomUUID(), part: { subject_id: null } },
});

describe('the parts of a standing check', () => {
  it('together check each database once, wherever a part runs out of time', async () => {
    const { job_id, part } = start();
    let state: StandingCheckPart & { more: boolean } = { ...(part as StandingCheckPart), more: true };
    const places: (string | null)[] = [];
    while (state.more) {
      state = await checkPart(fleet.checker, { job_id, part: state }, 0);
      places.push(state.after);
    }
    expect(places.flatMap((place) => place ?? []).sort()).toEqual(['db_0_3', 'db_1_3']);
    expect(state.counts).toMatchObject({ checked: 2 * DATABASES, unknown: 2 * DATABASES });
    const { records } = fleet.tables;
    expect(await records.jobs.get(job_id)).toMatchObject({ status: 'success', counts: state.counts });
    for await (const { would_restore } of records.backups.all()) expect(would_restore).toBe('unknown');
  });

  it('look at a silent server for its first databases only', async () => {
    const { job_id, part } = start();
    const before = fleet.requests.secrets;
    const { counts } = await checkPart(fleet.checker, { job_id, part });
    expect(counts).toMatchObject({ checked: 2 * DATABASES, unknown: 2 * DATABASES });
    const all = fleet.requests.secrets - before;
    const one = await checkPart(fleet.checker, { ...start() }, 0);
    // the part that ends after four of six reads as much as a whole server does
    expect(one.counts.checked).toBe(4);
    expect(all).toBe(2 * (fleet.requests.secrets - before - all));
  });

  it('stop if the job has ended meanwhile', async () => {
    const { job_id, part } = start();
    await checkPart(fleet.checker, { job_id, part }, 0);
    await fleet.tables.records.jobs.update(job_id, { status: 'failed' });
    expect(await checkPart(fleet.checker, { job_id, part })).toMatchObject({ more: false });
    expect(await fleet.tables.records.jobs.get(job_id)).toMatchObject({ status: 'failed' });
  });
});
