import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { windowAlong } from '../../../../../../lib/backups/physical/recovery-window.ts';
import { PageLink } from '../../../../components/page-link.tsx';
import { Time } from '../../../../components/times.tsx';
import { PointInTime } from '../../../../recovery/point-in-time.tsx';
import { pointProblem } from '../../../../recovery/point-problem.ts';
import { type Point, recoveryAddress } from '../../../../recovery/recovery-address.ts';
import { lastBefore } from '../../../../recovery/time-line.ts';
import { TimelineField } from '../../../../recovery/timeline-field.tsx';
import { useLaterBackups } from '../../../../recovery/use-later-backups.ts';
import type { RecoveryWindow } from '../../../../recovery/window-words.ts';
import { useMay } from '../../../../session/use-may.ts';
import type { Backup } from '../../restorable.ts';
import { WindowFacts } from './window-facts.tsx';

/** The range of times that a backup can be recovered to, with a button to do so. */
export function WindowContainer({ backup, window }: { backup: Backup; window: RecoveryWindow }) {
  const [, navigate] = useLocation();
  const [chosen, setChosen] = useState<string>();
  const [timeline, setTimeline] = useState<number | null>(null);
  const along = windowAlong(window, timeline ?? window.timeline);
  const may = useMay('POST /api/backups/{id}/restore');
  const later = useLaterBackups(backup);
  const hasTimes = window.targets.includes('time');
  const point: Point = hasTimes ? { kind: 'time', text: chosen ?? along.latest ?? '' } : { kind: 'backup', text: '' };
  const problem = pointProblem(point, window, timeline);
  const reason = may.reason ?? problem;

  function restore() {
    const address = recoveryAddress({ connectionId: null, databases: [], point, timeline });
    navigate(`/backups/${backup.id}/restore?${address}`);
  }

  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The times that this backup and the logs archived after it can be restored to."
          actions={
            hasTimes && (
              <Button
                disabled={reason !== undefined}
                {...(reason === undefined ? {} : { disabledReason: reason })}
                onClick={restore}
              >
                Restore to this point
              </Button>
            )
          }
        >
          Recovery window
        </Header>
      }
    >
      <SpaceBetween size="l">
        {hasTimes ? (
          <>
            <TimelineField window={window} value={timeline} onChange={setTimeline} />
            <PointInTime
              window={along}
              value={point.text}
              onChange={setChosen}
              error={problem}
              marks={[window.earliest, ...later.map(({ completed_at }) => completed_at)].filter(
                (mark) => mark !== null,
              )}
            />
            {problem === undefined && <LaterBackup later={later} time={point.text} />}
          </>
        ) : (
          <Alert type="info" header="This backup can only be restored as it is, not to a later point">
            {pointProblem({ kind: 'time', text: '' }, window, null)}
          </Alert>
        )}
        {hasTimes && <WindowFacts window={along} />}
      </SpaceBetween>
    </Container>
  );
}

/** A backup that is closer to a point than the one on this page, if there is one. */
function LaterBackup({ later, time }: { later: readonly Backup[]; time: string }) {
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
