import { describe, expect, it } from 'vitest';
import { measuredRestore } from '../../lib/restores/end/measured-restore.ts';
import { measuredVerification } from '../../lib/telemetry/metrics.ts';
import { aBackup, aRestore } from '../support/records.ts';

const ARN = 'arn:aws:states:us-east-1:000000000000:execution:Restore:1';
const backup = aBackup({ db_type: 'mariadb', size_bytes: 3_000_000 });

describe('the metrics of a restore', () => {
  it('contain its time, bytes and rate if it succeeds', () => {
    const restore = aRestore({ status: 'success', duration_ms: 1500, backup_id: backup.id, execution_arn: ARN });
    expect(measuredRestore(restore, backup)).toEqual({
      kind: 'restore',
      values: { RestoresEnded: 1, RestoreDuration: 1500, RestoredBytes: 3_000_000, RestoreRate: 2_000_000 },
      dimensions: { outcome: 'success', engine: 'mariadb' },
      about: { restore_id: restore.id, backup_id: backup.id, execution: ARN },
    });
  });

  it('contain its time and the cause if it fails', () => {
    const error = { code: 'DECRYPT_ERROR', message: 'DECRYPT ERROR: frame 7' };
    expect(measuredRestore(aRestore({ status: 'failed', duration_ms: 10, error }), backup)).toMatchObject({
      values: { RestoresEnded: 1, RestoreDuration: 10, TasksNotStarted: 0 },
      dimensions: { outcome: 'failed' },
      about: { code: 'DECRYPT_ERROR' },
    });
  });

  it('count a task that never started', () => {
    const error = { code: 'TASK_FAILED_TO_START', message: 'no place' };
    const { values } = measuredRestore(aRestore({ status: 'failed', error }), backup);
    expect(values).toEqual({ RestoresEnded: 1, TasksNotStarted: 1 });
  });

  it('are complete even if the backup is gone, its size is unknown, or it took no time', () => {
    const ended = aRestore({ status: 'success', duration_ms: 0 });
    expect(measuredRestore(ended, undefined)).toMatchObject({
      values: { RestoresEnded: 1, RestoreDuration: 0 },
      dimensions: { outcome: 'success', engine: 'unknown' },
    });
    expect(measuredRestore(ended, backup).values).not.toHaveProperty('RestoreRate');
    expect(measuredRestore(ended, aBackup()).values).not.toHaveProperty('RestoredBytes');
  });
});

it('a verification is counted by its result', () => {
  expect(measuredVerification(backup, 'failed')).toEqual({
    kind: 'verification',
    values: { VerificationsEnded: 1 },
    dimensions: { outcome: 'failed', engine: 'mariadb' },
    about: { backup_id: backup.id },
  });
});
