import Box from '@cloudscape-design/components/box';
import { PageLink } from '../../../components/page-link.tsx';
import { Time } from '../../../components/times.tsx';
import { lastBefore } from '../../../recovery/time-line.ts';
import type { Backup } from '../restorable.ts';

/** A backup that is closer to a point than the one on the page, if there is one. */
export function LaterBackup({ later, time }: { later: readonly Backup[]; time: string }) {
  const nearest = lastBefore(later, time);
  if (nearest === undefined) return null;
  return (
    <Box>
      A later backup is closer to the chosen time, so there is less to replay:{' '}
      <PageLink href={`/backups/${nearest.id}`}>{nearest.label ?? nearest.id}</PageLink>, made{' '}
      <Time iso={nearest.completed_at} />.
    </Box>
  );
}
