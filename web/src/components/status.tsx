/**
 * How Cloudscape shows each status. If the API gets a new status, this doesn't compile until the status is added here.
 */
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';
import type { Backup } from '../../../lib/backups/model.ts';
import type { Job } from '../../../lib/backups/scan/job.ts';
import type { RestoreStatus } from '../../../lib/restores/model.ts';
import './status.css';

export type Look = { type: StatusIndicatorProps.Type; text: string };

export const BACKUP_STATUS: Record<Backup['status'], Look> = {
  running: { type: 'in-progress', text: 'Running' },
  success: { type: 'success', text: 'Complete' },
  failed: { type: 'error', text: 'Failed' },
};

export const VERIFY_STATUS: Record<Backup['verify_status'], Look> = {
  pending: { type: 'pending', text: 'Not verified' },
  verifying: { type: 'in-progress', text: 'Verifying' },
  passed: { type: 'success', text: 'Verified' },
  failed: { type: 'error', text: 'Damaged' },
};

/** What is known about a backup's bytes. If an attempt could not read them, an earlier verdict stays. */
export function verificationLook({
  verify_status,
  verify_error,
  verify_attempt,
}: Pick<Backup, 'verify_status' | 'verify_error' | 'verify_attempt'>): Look {
  if (verify_status === 'pending' && verify_attempt !== null) return { type: 'warning', text: 'Not readable' };
  if (verify_status === 'failed' && isGone(verify_error)) return { type: 'error', text: 'Missing' };
  return VERIFY_STATUS[verify_status];
}

/** Whether the newest dump of a database would restore into its server, according to the standing check. */
export const WOULD_RESTORE: Record<NonNullable<Backup['would_restore']>, Look> = {
  yes: { type: 'success', text: 'Yes' },
  with_warnings: { type: 'warning', text: 'With warnings' },
  no: { type: 'error', text: 'No' },
  unknown: { type: 'pending', text: 'Server not reached' },
};

/** Whether a verification failed because the object is missing or empty. */
export function isGone(verifyError: string | null): boolean {
  return verifyError?.startsWith('DOWNLOAD ERROR') ?? false;
}

export const RESTORE_STATUS: Record<RestoreStatus, Look> = {
  running: { type: 'in-progress', text: 'Running' },
  success: { type: 'success', text: 'Restored' },
  failed: { type: 'error', text: 'Failed' },
  cancelled: { type: 'stopped', text: 'Cancelled' },
};

export const JOB_STATUS: Record<Job['status'], Look> = {
  running: { type: 'in-progress', text: 'Running' },
  success: { type: 'success', text: 'Done' },
  failed: { type: 'error', text: 'Failed' },
};

export function Status({ look: { type, text } }: { look: Omit<Look, 'text'> & { text: ReactNode } }) {
  return (
    <StatusIndicator type={type}>
      <span className="status-text">{text}</span>
    </StatusIndicator>
  );
}

/** The values of a filter by status. */
export function optionsOf(looks: Record<string, Look>): { value: string; label: string }[] {
  return Object.entries(looks).map(([value, { text }]) => ({ value, label: text }));
}
