import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import LiveRegion from '@cloudscape-design/components/live-region';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useState } from 'react';
import type { Progress as Measured } from '../../../../lib/pipeline/progress.ts';
import type { Restore } from '../../../../lib/restores/model.ts';
import { RESTORE_STATUS } from '../../components/status.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { formatDuration } from '../../format/duration.ts';
import { stageText } from '../../restores/stages.ts';
import { addReading, type Change, type Pace, paceOf } from './pace.ts';

/** @param readAtMs when the restore was read. */
export function Progress({ restore, readAtMs }: { restore: Restore; readAtMs: number }) {
  const pace = usePace(restore.progress, readAtMs);
  const { status, progress } = restore;
  const stage = stageText(restore);
  return (
    <Container header={<Header variant="h2">Progress</Header>}>
      {status === 'running' && progress !== null && progress.bytes_total > 0 ? (
        <ProgressBar
          value={(progress.bytes_done / progress.bytes_total) * 100}
          label={stage}
          description={bytesOf(progress)}
          additionalInfo={paceText(progress, pace)}
        />
      ) : (
        <StatusIndicator type={RESTORE_STATUS[status].type}>
          {progress === null || progress.bytes_total === 0 ? stage : `${stage}: ${bytesOf(progress)} read`}
        </StatusIndicator>
      )}
      <LiveRegion hidden>{`Restore: ${stage}`}</LiveRegion>
    </Container>
  );
}

function bytesOf({ bytes_done, bytes_total }: Measured): string {
  return `${formatBytes(bytes_done)} of ${formatBytes(bytes_total)}`;
}

function paceText({ stage, bytes_done, bytes_total }: Measured, pace: Pace): string {
  if (bytes_done >= bytes_total) {
    return stage === 'restoring'
      ? 'All of the backup has been read. The database is finishing its work, such as building indexes.'
      : 'All of the backup has been read.';
  }
  if (pace === undefined) return 'Measuring the speed.';
  if ('stalledMs' in pace) {
    return `No progress for ${formatDuration(pace.stalledMs)}: the database may be busy. Check the database server's log.`;
  }
  return `${formatBytes(Math.round(pace.bytesPerSecond))}/s, about ${formatDuration(pace.leftMs)} left`;
}

/** @param readAtMs when the progress was read. */
function usePace(progress: Measured | null, readAtMs: number): Pace {
  const [changes, setChanges] = useState<readonly Change[]>([]);
  const { stage, bytes_done: bytesDone = 0, bytes_total: bytesTotal = 0 } = progress ?? {};
  useEffect(() => {
    if (stage !== undefined) setChanges((now) => addReading(now, { atMs: readAtMs, stage, bytesDone }));
  }, [stage, bytesDone, readAtMs]);
  return changes.at(-1)?.stage === stage ? paceOf(changes, bytesTotal, readAtMs) : undefined;
}
