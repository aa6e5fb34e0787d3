/**
 * The names of a restore's stages. If the API gets a new stage, this doesn't compile until the stage is added here.
 * Pure.
 */
import type { Progress } from '../../../lib/pipeline/progress.ts';
import { mayHaveWritten } from '../../../lib/restores/end/target-state.ts';
import type { Restore, RestoreStatus } from '../../../lib/restores/model.ts';

export const STAGE_LABEL: Record<Progress['stage'], string> = {
  validating: 'Checking the request',
  verifying: 'Verifying the backup',
  spooling: 'Writing the backup to the task’s disk',
  preparing: 'Assembling the backup on the task’s disk',
  replaying: 'Replaying the server’s logs on the task’s disk',
  restoring: 'Restoring into the database',
  done: 'Done',
};

export const TARGET_LABEL: Record<NonNullable<Restore['target_state']>, string> = {
  untouched: 'As it was before',
  incomplete: 'Incomplete',
  complete: 'Complete',
};

/** What is left behind if a running restore is stopped now. */
export function leftByCancel({ target_state }: Pick<Restore, 'target_state'>): string {
  return mayHaveWritten(target_state)
    ? 'The restore may have started to write, so the target database may be left incomplete. Afterwards, restore into it again or drop it.'
    : 'The restore has written nothing yet. The target stays unchanged unless the restore starts to write before it stops.';
}

/** The stage in which a restore is, or in which it ended, in words. */
export function stageText({ status, progress }: { status: RestoreStatus; progress: Progress | null }): string {
  if (progress === null) return status === 'running' ? 'Waiting to start' : 'Did not start';
  const label = STAGE_LABEL[progress.stage];
  if (status === 'running' || status === 'success') return label;
  return `${status === 'failed' ? 'Failed' : 'Cancelled'} while ${label.charAt(0).toLowerCase()}${label.slice(1)}`;
}
