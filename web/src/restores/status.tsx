import type { Restore } from '../../../lib/restores/model.ts';
import { type Look, RESTORE_STATUS, Status } from '../components/status.tsx';

type Ended = Pick<Restore, 'status' | 'cancelled_by' | 'warnings'>;

/**
 * A restore's status, and what the status alone doesn't show: that the restore is being stopped, or ended with
 * warnings.
 */
export function RestoreStatusLine({ restore }: { restore: Ended }) {
  return <Status look={lookOf(restore)} />;
}

function lookOf({ status, cancelled_by, warnings }: Ended): Look {
  if (status === 'running' && cancelled_by !== null) return { type: 'in-progress', text: 'Stopping' };
  if (status === 'success' && warnings.length > 0) return { type: 'warning', text: 'Restored with warnings' };
  return RESTORE_STATUS[status];
}
