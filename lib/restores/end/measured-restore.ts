import type { Backup } from '../../backups/model.ts';
import type { Measurement } from '../../telemetry/metrics.ts';
import type { Restore } from '../model.ts';

/** Used if the backup's record was deleted. */
const UNKNOWN_ENGINE = 'unknown';
const TASK_NOT_STARTED = 'TASK_FAILED_TO_START';

/**
 * @param restore a restore that has ended.
 * @param backup its backup, if that still has a record.
 */
export function measuredRestore(
  restore: Restore,
  backup: Pick<Backup, 'db_type' | 'size_bytes'> | undefined,
): Measurement<'restore'> {
  const { id, backup_id, status, duration_ms, execution_arn, error } = restore;
  const bytes = status === 'success' ? (backup?.size_bytes ?? undefined) : undefined;
  return {
    kind: 'restore',
    values: {
      RestoresEnded: 1,
      ...(duration_ms === null ? {} : { RestoreDuration: duration_ms }),
      ...(bytes === undefined ? {} : { RestoredBytes: bytes }),
      ...(bytes === undefined || !duration_ms ? {} : { RestoreRate: Math.round((bytes * 1000) / duration_ms) }),
      ...(status === 'failed' ? { TasksNotStarted: error?.code === TASK_NOT_STARTED ? 1 : 0 } : {}),
    },
    dimensions: { outcome: status, engine: backup?.db_type ?? UNKNOWN_ENGINE },
    about: {
      restore_id: id,
      backup_id,
      ...(execution_arn === null ? {} : { execution: execution_arn }),
      ...(error === null ? {} : { code: error.code }),
    },
  };
}
