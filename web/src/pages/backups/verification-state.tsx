import Alert from '@cloudscape-design/components/alert';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import { isGone, Status, VERIFY_STATUS, verificationLook } from '../../components/status.tsx';
import { Time } from '../../components/times.tsx';
import { formatBytes } from '../../format/bytes.ts';
import type { Backup } from './restorable.ts';
import { percentDone, verificationAdvice } from './verification-advice.ts';

/** The state of a verification, with its progress while it is running. */
export function VerificationState({ backup }: { backup: Backup }) {
  const { verify_status, verify_progress } = backup;
  const percent = percentDone(verify_progress);
  if (verify_status !== 'verifying' || percent === undefined || verify_progress === null) {
    return <Status look={verificationLook(backup)} />;
  }
  const { bytes_done, bytes_total } = verify_progress;
  return (
    <ProgressBar
      value={percent}
      ariaLabel="Progress of the verification"
      description={VERIFY_STATUS.verifying.text}
      additionalInfo={`${formatBytes(bytes_done)} of ${formatBytes(bytes_total)}`}
    />
  );
}

/** What is wrong according to a verification, and what to do. Shows nothing if nothing is wrong. */
export function VerificationFault({ backup }: { backup: Backup }) {
  if (backup.verify_status !== 'failed') return null;
  return (
    <Alert
      type="error"
      header={isGone(backup.verify_error) ? 'The backup is missing or empty' : 'The backup is damaged'}
    >
      {backup.verify_error ?? 'The reason was not recorded.'}
      <div>{verificationAdvice(backup.verify_error)}</div>
    </Alert>
  );
}

/** Why the last verification gave no verdict. Shows nothing if it gave one. */
export function UnreadAttempt({ backup: { verify_attempt, verify_status, verified_at } }: { backup: Backup }) {
  if (verify_attempt === null || verify_status === 'verifying') return null;
  const { at, error } = verify_attempt;
  const stands = verify_status === 'passed' && verified_at !== null;
  return (
    <Alert type="warning" header="The last verification of this backup could not finish">
      <Time iso={at} />: {error.message}
      <div>
        {stands ? 'It passed an earlier verification, which still counts. ' : 'The backup may still be sound. '}
        {error.hint ?? 'Verify it again.'}
      </div>
    </Alert>
  );
}
