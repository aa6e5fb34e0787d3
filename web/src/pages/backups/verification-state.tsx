import Alert from '@cloudscape-design/components/alert';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import { mayStillBeSound } from '../../../../lib/domain/verification.ts';
import { Status, VERIFY_STATUS, verificationLook } from '../../components/status.tsx';
import { formatBytes } from '../../format/bytes.ts';
import type { Backup } from './restorable.ts';
import { percentDone, verificationAdvice } from './verification-advice.ts';

/** The state of a verification; while one runs, how far it is. */
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

/** What a verification found wrong, and what to do; nothing where it found nothing. */
export function VerificationFault({ backup }: { backup: Backup }) {
  if (backup.verify_status !== 'failed') return null;
  const unread = mayStillBeSound(backup);
  return (
    <Alert
      type={unread ? 'warning' : 'error'}
      header={unread ? 'The backup could not be read when it was verified' : 'The backup is damaged'}
    >
      {backup.verify_error ?? 'The reason was not recorded.'}
      <div>{verificationAdvice(backup.verify_error)}</div>
    </Alert>
  );
}
