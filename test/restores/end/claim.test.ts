import { describe, expect, it } from 'vitest';
import {
  isSilent,
  isWorkerOf,
  MUST_STOP_AFTER_MS,
  mayBeWriting,
  SILENT_AFTER_MS,
  turnOf,
  workerName,
} from '../../../lib/restores/end/claim.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { aRestore } from '../../support/records.ts';

const STOPPED = '2026-11-22T02:00:00.000Z';
type Stage = NonNullable<Restore['progress']>['stage'];
const STATES: Partial<Record<Stage, Restore['target_state']>> = { restoring: 'incomplete', done: 'complete' };
const at = (stage: Stage, fields: Partial<Restore> = {}) =>
  aRestore({
    progress: { stage, bytes_done: 0, bytes_total: 0 },
    target_state: STATES[stage] ?? 'untouched',
    ...fields,
  });
const FAILURE = { code: 'DOWNLOAD_ERROR', message: 'DOWNLOAD ERROR: it is gone' };

describe('a task', () => {
  const OTHER = { claimed_by: 'other' };
  const GONE = { ...OTHER, task_stopped_at: STOPPED };

  it.each<[string, string, Restore[]]>([
    ['claim', 'a restore that no task has', [at('verifying')]],
    ['claim', 'one whose earlier task stopped before it claimed it', [at('verifying', { task_stopped_at: STOPPED })]],
    ['go on', 'one that it has claimed itself, if the answer was lost', [at('verifying', { claimed_by: 'this' })]],
    ['wait', 'one that another task has', [at('spooling', OTHER)]],
    ['wait', 'one that another task writes', [at('restoring', OTHER)]],
    ['wait', 'one whose other task has recorded an error', [at('restoring', { ...OTHER, error: FAILURE })]],
    ['wait', 'several, not all of them done', [at('done', OTHER), at('restoring', OTHER)]],
    ['wait', 'one whose other task is asked to stop', [at('restoring', { ...OTHER, cancelled_by: 'x' })]],
    ['end well', 'one that another task has finished', [at('done', OTHER)]],
    ['end well', 'one that a stopped task had finished', [at('done', GONE)]],
    ['end well', 'several, all done', [at('done', OTHER), at('done', OTHER)]],
    ['end well', 'one that has ended well', [at('done', { ...OTHER, status: 'success' })]],
    ['take over', 'one whose task has stopped before its first write', [at('spooling', GONE)]],
    ['take over', 'several restores like that', [at('replaying', GONE), at('replaying', OTHER)]],
    ['end badly', 'one whose task has stopped after its first write', [at('restoring', GONE)]],
    ['end badly', 'several, one of them written', [at('replaying', GONE), at('done', OTHER)]],
    ['end badly', 'one whose task has stopped with an error', [at('spooling', { ...GONE, error: FAILURE })]],
    [
      'end badly',
      'one whose task has stopped because it was asked to',
      [at('spooling', { ...GONE, cancelled_by: 'x' })],
    ],
    ['end badly', 'one that is being stopped', [at('verifying', { stop_asked_at: STOPPED })]],
    ['end badly', 'one that is being cancelled', [at('verifying', { cancelled_by: 'night.shift' })]],
    [
      'end badly',
      'its own, after it was reported as dead',
      [at('spooling', { claimed_by: 'this', task_stopped_at: STOPPED })],
    ],
    ['end badly', 'one that has failed', [at('restoring', { ...OTHER, status: 'failed' })]],
    [
      'end badly',
      'several that have ended, one of them cancelled',
      [at('done', { status: 'success' }), at('restoring', { status: 'cancelled' })],
    ],
    ['end badly', 'one that does not exist', []],
  ])('chooses to %s: %s', (turn, _, restores) => expect(turnOf(restores, 'this')).toBe(turn));
});

describe('a task may be writing', () => {
  it("once its restore's target is incomplete", () => {
    expect(mayBeWriting([at('restoring')])).toBe(true);
    // of an older version of this service
    expect(mayBeWriting([at('restoring', { target_state: null })])).toBe(true);
    expect(mayBeWriting([at('restoring', { target_state: 'untouched' })])).toBe(false);
  });

  it('while another of its restores writes, or waits for its turn', () => {
    expect(mayBeWriting([at('replaying'), at('restoring')])).toBe(true);
    expect(mayBeWriting([at('done'), at('replaying')])).toBe(true);
  });

  it('but not after it has stopped, or has finished everything', () => {
    expect(mayBeWriting([at('restoring', { task_stopped_at: STOPPED }), at('restoring')])).toBe(false);
    expect(mayBeWriting([at('done')])).toBe(false);
    expect(mayBeWriting([at('done'), at('done')])).toBe(false);
  });

  it.each([at('validating'), at('verifying'), at('replaying'), aRestore({ progress: null })])(
    'but not at another stage: $progress.stage',
    (restore) => expect(mayBeWriting([restore])).toBe(false),
  );
});

describe('a worker', () => {
  const now = new Date('2026-11-22T03:00:00.000Z');
  const seen = (ms: number) => at('restoring', { worker_seen_at: new Date(now.getTime() - ms).toISOString() });

  it('is considered silent if none of its restores has heard from it for long', () => {
    expect(isSilent([seen(SILENT_AFTER_MS)], now)).toBe(false);
    expect(isSilent([seen(SILENT_AFTER_MS + 1)], now)).toBe(true);
    // the first database is done, and its report closed
    expect(isSilent([seen(3_600_000), seen(1000)], now)).toBe(false);
    expect(isSilent([at('restoring')], now)).toBe(true);
  });

  it('stops by itself before anyone considers it dead', () => {
    expect(MUST_STOP_AFTER_MS).toBeLessThan(SILENT_AFTER_MS);
  });

  it('is a task on AWS, and the process of a task on this machine', () => {
    const arn = 'arn:aws:ecs:us-east-1:1:task/c/0a';
    const startedAt = new Date(STOPPED);
    expect(workerName(arn)).toBe(arn);
    expect(workerName(undefined, { pid: 7, startedAt })).toBe(`process 7 started ${STOPPED}`);
    for (const name of [workerName(arn), workerName(arn, { pid: 7, startedAt })]) {
      expect(isWorkerOf(name, arn)).toBe(true);
      expect(isWorkerOf(name, `${arn}b`)).toBe(false);
      expect(isWorkerOf(name, arn.slice(0, -1))).toBe(false);
      expect(isWorkerOf(name, undefined)).toBe(false);
    }
    expect(isWorkerOf(null, arn)).toBe(false);
    expect(isWorkerOf(`process 7 started ${STOPPED}`, arn)).toBe(false);
  });
});
