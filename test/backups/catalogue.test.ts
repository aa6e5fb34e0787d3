/** What fills the catalogue, on the deployed tables, with machines that do nothing instead of verifying. */
import { randomUUID } from 'node:crypto';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionOfKey } from '../../lib/backups/catalogue/connection-of-key.ts';
import { concurrently } from '../../lib/backups/scan/concurrently.ts';
import { endJob, newJob, startJob } from '../../lib/backups/scan/jobs.ts';
import { registerScanned } from '../../lib/backups/scan/register-scanned.ts';
import { NEW_BACKUPS, verifyNewBackups, verifyPart, WITHOUT_CONTENTS } from '../../lib/backups/scan/verify-new.ts';
import { type StorageProvider, storageProvider } from '../../lib/connections/providers/model.ts';
import { Conflict } from '../../lib/errors/errors.ts';
import { EventBus } from '../../lib/local/aws/event-bus.ts';
import type { ListeningServer } from '../../lib/local/aws/json-service.ts';
import { StateMachines, serveStateMachines } from '../../lib/local/executions/state-machines.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import { aBackup, aConnection } from '../support/records.ts';
import { startTables, type TestTables } from '../support/tables.ts';

const NOW = new Date('2026-11-22T12:00:00Z');
const JOBS = 'arn:aws:states:us-east-1:000000000000:stateMachine:Jobs';
const VERIFICATIONS = 'arn:aws:states:us-east-1:000000000000:stateMachine:Verifications';

let tables: TestTables;
let machines: StateMachines;
let server: ListeningServer;
let stepFunctions: SFNClient;
/** What a verification does; given the backup's id. */
let verification: (backupId: string) => Promise<unknown> = async () => ({});

beforeAll(async () => {
  tables = await startTables();
  const done = { Type: 'Succeed' };
  const verify = { Type: 'Task', Resource: 'verify', TimeoutSeconds: 60, End: true };
  machines = new StateMachines({
    machines: [
      { arn: JOBS, definition: { StartAt: 'Done', States: { Done: done } } },
      { arn: VERIFICATIONS, definition: { StartAt: 'Verify', States: { Verify: verify } } },
    ],
    events: new EventBus([], async () => {}),
    runTask: (_, input) => verification((input as { backup_id: string }).backup_id),
  });
  server = await serveStateMachines(machines, LOCAL_CREDENTIALS);
  stepFunctions = new SFNClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: LOCAL_CREDENTIALS,
  });
});
afterAll(async () => {
  await machines.stop('the test is over');
  await server.close();
  await tables.stop();
});

const records = () => tables.records;
const starter = () => ({ records: records(), stepFunctions, stateMachineArn: JOBS });
const verifications = () => ({ records: records(), stepFunctions, verificationMachineArn: VERIFICATIONS });
const aProvider = (): StorageProvider =>
  storageProvider.parse({
    ...{ id: randomUUID(), name: 'a', provider_type: 's3', bucket: 'backups', created_at: NOW.toISOString() },
  });

describe('running tasks concurrently', () => {
  it('handles everything, a limited number at a time', async () => {
    let atWork = 0;
    let most = 0;
    const done: number[] = [];
    await concurrently([...Array(50).keys()], 7, async (n) => {
      most = Math.max(most, ++atWork);
      await new Promise((resolve) => setTimeout(resolve, n % 3));
      atWork--;
      done.push(n);
    });
    expect(most).toBe(7);
    expect(done.sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
  });
  it('throws the first error, starts nothing after it, and waits for what is running', async () => {
    let begun = 0;
    let atWork = 0;
    const work = concurrently([...Array(50).keys()], 5, async (n) => {
      begun++;
      atWork++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      atWork--;
      if (n === 0) throw new Error('the first');
    });
    await expect(work).rejects.toThrow('the first');
    expect({ atWork, begun: begun < 15 }).toEqual({ atWork: 0, begun: true });
  });
});

describe('getMany', () => {
  it('returns the records that exist, in more than one batch', async () => {
    const some = Array.from({ length: 230 }, () => aBackup());
    await concurrently(some, 20, (one) => records().backups.put(one));
    const ids = some.flatMap(({ id }) => [id, id, randomUUID()]);
    const found = await records().backups.getMany(ids);
    expect(new Set(found.keys())).toEqual(new Set(some.map(({ id }) => id)));
    expect(found.get(some[0]?.id as string)).toEqual(some[0]);
  });
  it('returns nothing for no ids', async () => expect((await records().backups.getMany([])).size).toBe(0));
});

describe('jobs', () => {
  it('can be started once: one of 30 simultaneous starts succeeds', async () => {
    const subject = randomUUID();
    const started = await Promise.allSettled(
      Array.from({ length: 30 }, () => startJob(starter(), 'scan', subject, NOW)),
    );
    const jobs = started.filter(({ status }) => status === 'fulfilled');
    expect(jobs).toHaveLength(1);
    for (const one of started) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(Conflict);
  });
  it('can be started after the first has ended, for a different kind, or for another provider', async () => {
    const subject = randomUUID();
    const first = await startJob(starter(), 'scan', subject, NOW);
    await expect(startJob(starter(), 'scan', subject, NOW)).rejects.toThrow(first.id);
    await startJob(starter(), 'verification', subject, NOW);
    await startJob(starter(), 'scan', randomUUID(), NOW);
    expect(await endJob(records(), first.id, { status: 'success' }, NOW)).toBe(true);
    expect(await endJob(records(), first.id, { status: 'failed' }, NOW)).toBe(false);
    await startJob(starter(), 'scan', subject, NOW);
  });
});

describe('a page of a scan', () => {
  it('registers new entries once, and keeps existing ones', async () => {
    const provider = aProvider();
    const server = aConnection({ name: 'one' });
    const id = randomUUID();
    const key = `backups/one/db/${id}-20261122-020000.sql.gz`;
    const copy = `backups/one/copy/${id}-20261122-020000.sql.gz`;
    const odd = 'backups/one/db/nightly-20261122-020000.sql.gz';
    const objects = [key, copy, odd, 'backups/x'].map((name) => ({ key: name, bytes: 3, storedAt: NOW }));
    const named = connectionOfKey([server]);
    const { tally: first, awaitVerification } = await registerScanned(records(), provider, named, objects);
    expect(first.counts).toEqual({ listed: 4, registered: 2, filled: 0, known: 1, foreign: 1, skipped: 0 });
    const { tally: second, ...again } = await registerScanned(records(), provider, named, objects, first);
    expect([awaitVerification, again.awaitVerification]).toEqual([true, true]); // it has not been verified yet
    expect(second.counts).toEqual({ listed: 8, registered: 2, filled: 0, known: 4, foreign: 2, skipped: 0 });
  });
});

const SOME_CONTENTS = {
  ...{ digest: 'a'.repeat(64), read_at: '2026-11-20T02:00:00.000Z', tables: 1, rows: 1, data_bytes: 1 },
  ...{ compared_with: null, findings: [] },
};

describe('the verification of new backups', () => {
  const pending = async (providerId: string, count: number) => {
    const some = Array.from({ length: count }, () => aBackup({ storage_provider_id: providerId }));
    await concurrently(some, 20, (one) => records().backups.put(one));
    return some;
  };
  /** Runs one part after another, as the machine does. */
  const runAll = async (jobId: string, providerId: string, partMs?: number, choice = NEW_BACKUPS) => {
    let part: Awaited<ReturnType<typeof verifyPart>> | { subject_id: string } = { subject_id: providerId };
    for (let parts = 1; ; parts++) {
      const done = await verifyPart(verifications(), { job_id: jobId, part }, choice, partMs);
      if (!done.more) return parts;
      part = JSON.parse(JSON.stringify(done));
    }
  };

  it('keeps a few running until each backup is verified once', async () => {
    const providerId = randomUUID();
    const some = await pending(providerId, 12);
    await pending(randomUUID(), 3);
    await records().backups.put(aBackup({ storage_provider_id: providerId, status: 'failed' }));
    const seen: string[] = [];
    let atWork = 0;
    let most = 0;
    verification = async (id) => {
      seen.push(id);
      most = Math.max(most, ++atWork);
      // the first is slow to begin, and still pending when the list is read again
      await new Promise((resolve) => setTimeout(resolve, seen.length === 1 ? 2500 : 400));
      await records().backups.update(id, { verify_status: seen.length % 4 === 0 ? 'failed' : 'passed' });
      atWork--;
    };
    const jobId = randomUUID();
    expect(await runAll(jobId, providerId, 1500)).toBeGreaterThan(1);
    expect(seen.sort()).toEqual(some.map(({ id }) => id).sort());
    expect(most).toBe(5);
    const job = await records().jobs.get(jobId);
    expect(job).toMatchObject({ status: 'success', counts: { started: 12, lost: 0 } });
    expect((job?.counts.passed ?? 0) + (job?.counts.failed ?? 0)).toBe(12);
  });

  it('reads each verified backup with unknown contents once', async () => {
    const providerId = randomUUID();
    const verified = {
      storage_provider_id: providerId,
      verify_status: 'passed',
      verified_at: '2026-11-20T02:00:00Z',
    } as const;
    const [without, unreadable, known, physical] = [
      aBackup(verified),
      aBackup(verified),
      aBackup({ ...verified, contents: SOME_CONTENTS }),
      aBackup({ ...verified, engine: 'mariabackup' }),
    ];
    for (const one of [without, unreadable, known, physical]) await records().backups.put(one);
    const seen: string[] = [];
    verification = async (id) => {
      seen.push(id);
      const at = new Date().toISOString();
      const failed = {
        verify_attempt: { at, error: { code: 'DOWNLOAD_ERROR', message: 'the storage did not answer' } },
      };
      // it reads that one, and finds no contents either
      await records().backups.update(id, id === unreadable.id ? failed : { verify_status: 'passed', verified_at: at });
    };
    const jobId = randomUUID();
    await runAll(jobId, providerId, 1500, WITHOUT_CONTENTS);
    expect(seen.sort()).toEqual([without.id, unreadable.id].sort());
    expect(await records().jobs.get(jobId)).toMatchObject({
      ...{ kind: 'contents', status: 'success' },
      counts: { started: 2, passed: 1, unread: 1, failed: 0, lost: 0 },
    });
  });

  it('checks again if backups arrived while it ran', async () => {
    const providerId = randomUUID();
    await pending(providerId, 1);
    let job: string | null = null;
    verification = async (id) => {
      if (job === null) {
        await pending(providerId, 2);
        job = await verifyNewBackups(starter(), providerId);
      }
      await records().backups.update(id, { verify_status: 'passed' });
    };
    const started = await startJob(starter(), 'verification', providerId, new Date());
    await runAll(started.id, providerId);
    expect(job).toBe(started.id);
    expect(await records().jobs.get(started.id)).toMatchObject({
      status: 'success',
      again: false,
      counts: { passed: 3 },
    });
  });

  it("ends, and doesn't start, if the settings say not to verify", async () => {
    const providerId = randomUUID();
    await pending(providerId, 8);
    verification = async (id) => {
      await records().settings.update({ verify_new_backups: false });
      await records().backups.update(id, { verify_status: 'passed' });
    };
    const jobId = randomUUID();
    await runAll(jobId, providerId);
    const job = await records().jobs.get(jobId);
    expect(job?.status).toBe('success');
    expect(job?.counts.started).toBeLessThanOrEqual(5);
    expect(await verifyNewBackups(starter(), providerId)).toBeNull();
    await records().settings.update({ verify_new_backups: true });
  });

  it('stops if its job has ended', async () => {
    const providerId = randomUUID();
    await pending(providerId, 1);
    const jobId = randomUUID();
    await records().jobs.put({ ...newJob(jobId, 'verification', providerId, NOW), status: 'failed' });
    verification = async () => {};
    expect(await runAll(jobId, providerId)).toBe(1);
    expect((await records().jobs.get(jobId))?.status).toBe('failed');
  });
});
