import Alert, { type AlertProps } from '@cloudscape-design/components/alert';
import { Time } from '../../../components/times.tsx';
import { sentence } from '../../../format/sentence.ts';
import type { Backup } from '../restorable.ts';

const LOOKS: Record<NonNullable<Backup['would_restore']>, { type: AlertProps.Type; header: string } | undefined> = {
  yes: undefined,
  with_warnings: { type: 'warning', header: 'This backup would restore into its server, with warnings' },
  no: { type: 'error', header: 'This backup would not restore into its server' },
  unknown: { type: 'info', header: 'Whether this backup would restore is unknown: its server could not be checked' },
};

/** What the last standing check found. Shows nothing if there was no check, or if it found nothing. */
export function StandingCheck({ backup: { standing_check, would_restore } }: { backup: Backup }) {
  const look = would_restore === null ? undefined : LOOKS[would_restore];
  if (look === undefined || standing_check === null) return null;
  return (
    <Alert {...look}>
      Checked <Time iso={standing_check.at} />:
      <ul>
        {standing_check.reasons.map((reason) => (
          <li key={reason}>{sentence(reason)}</li>
        ))}
      </ul>
    </Alert>
  );
}
