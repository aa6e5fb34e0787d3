/** What the stages of a restore are called. A stage that the API gains and this does not know is a type error here. Pure. */
import type { Progress, Restore, RestoreStatus } from '../../../lib/domain/records.ts';

type Stage = Progress['stage'];

interface StageLook {
  label: string;
  /** Whether the target may have been written to once a restore has come so far. */
  mayHaveWritten: boolean;
}

export const STAGE_LOOK: Record<Stage, StageLook> = {
  validating: { label: 'Checking the request', mayHaveWritten: false },
  verifying: { label: 'Verifying the backup', mayHaveWritten: false },
  spooling: { label: 'Writing the backup to the task’s disk', mayHaveWritten: false },
  preparing: { label: 'Putting the backup together on the task’s disk', mayHaveWritten: false },
  replaying: { label: 'Replaying the server’s logs on the task’s disk', mayHaveWritten: false },
  restoring: { label: 'Restoring into the database', mayHaveWritten: true },
  done: { label: 'Done', mayHaveWritten: true },
};

/** What stopping a running restore now leaves behind. */
export function leftByCancel({ progress }: Pick<Restore, 'progress'>): string {
  return progress !== null && STAGE_LOOK[progress.stage].mayHaveWritten
    ? 'The restore may have begun to write, so the target database is left incomplete. Afterwards restore into it again, or drop it.'
    : 'The restore has written nothing yet: the target stays as it is, unless the restore begins to write before it stops.';
}

/** What a restore is at, or where it ended, in words. */
export function stageText({ status, progress }: { status: RestoreStatus; progress: Progress | null }): string {
  if (progress === null) return status === 'running' ? 'Waiting to start' : 'Did not start';
  const { label } = STAGE_LOOK[progress.stage];
  if (status === 'running' || status === 'success') return label;
  return `${status === 'failed' ? 'Failed' : 'Cancelled'} while ${label.charAt(0).toLowerCase()}${label.slice(1)}`;
}
