import { describe, expect, it } from 'vitest';
import { restoreOf, type StoppedTaskEvent } from '../../../lib/restores/execution/stopped-task.ts';

const RESTORE_ID = '11111111-2222-4333-8444-555555555555';

/** As EventBridge reports a stopped task, with more fields than are read. */
function stopped(overrides: StoppedTaskEvent['detail']['overrides']['containerOverrides']): StoppedTaskEvent {
  const detail = {
    taskArn: 'arn:t',
    clusterArn: 'arn:c',
    lastStatus: 'STOPPED' as const,
    overrides: { containerOverrides: overrides },
  };
  const more = { stopCode: 'EssentialContainerExited', group: 'family:restore', containers: [{ exitCode: 0 }] };
  return {
    source: 'aws.ecs',
    'detail-type': 'ECS Task State Change',
    detail: { ...detail, ...more },
  } as StoppedTaskEvent;
}
const about = (name: string, value: string) => ({ environment: [{ name, value }] });
const MAIN = ['/app/main.mjs'];

describe('the restore of a stopped task', () => {
  it.each([
    ['its environment', [about('RESTORE_ID', RESTORE_ID)]],
    ['the restore program', [{ ...about('RESTORE_ID', RESTORE_ID), command: MAIN }]],
    [
      'its own container, if there is another one',
      [{}, { ...about('OTHER', 'x'), command: [] }, about('RESTORE_ID', RESTORE_ID)],
    ],
  ])('is identified by %s', (_, overrides) => {
    expect(restoreOf(stopped(overrides))).toBe(RESTORE_ID);
  });

  it.each([
    ['a task that verified a backup', [{ ...about('BACKUP_ID', RESTORE_ID), command: ['/app/verify-backup.mjs'] }]],
    // it has written to no target; the task that does may be running by the time this arrives
    [
      'a task that verified for a restore',
      [{ ...about('RESTORE_ID', RESTORE_ID), command: ['/app/verify-for-restore.mjs'] }],
    ],
    ['a task without an environment', [{}]],
    ['a task without overrides', []],
  ])('does not exist for %s', (_, overrides) => {
    expect(restoreOf(stopped(overrides))).toBeUndefined();
  });
});

it('an event of another kind is refused', () => {
  const event = stopped([about('RESTORE_ID', RESTORE_ID)]);
  const running = { ...event, detail: { ...event.detail, lastStatus: 'RUNNING' } } as unknown as StoppedTaskEvent;
  expect(() => restoreOf(running)).toThrow();
  expect(() => restoreOf({ ...event, source: 'aws.states' } as unknown as StoppedTaskEvent)).toThrow();
});
