import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Restore } from '../../../../lib/restores/model.ts';
import { PageLink } from '../../components/page-link.tsx';
import { formatDuration } from '../../format/duration.ts';
import { PointText } from '../../recovery/point-text.tsx';
import { pointOf } from '../../recovery/recovery-address.ts';
import { RestoreStatusLine } from '../../restores/status.tsx';

type Details = NonNullable<Restore['recovery']>;

const PARTS: Record<keyof Details['timings'], string> = {
  download_ms: 'Downloading the backup',
  prepare_ms: 'Preparing it on the disk',
  replay_ms: 'Replaying the logs',
  load_ms: 'Restoring this database',
};

interface RecoveryProps {
  restore: Restore;
  recovery: Details;
  /** The restores of the request, including this one. */
  group: readonly Restore[];
}

/** How a database was restored from a physical backup, and how long each step took. */
export function Recovery({ restore, recovery, group }: RecoveryProps) {
  const { source_database, target, timeline, reached, timings } = recovery;
  const running = restore.status === 'running';
  const parts = Object.entries(PARTS) as [keyof Details['timings'], string][];
  const others = recovery.restore_ids.filter((id) => id !== restore.id);
  return (
    <Container header={<Header variant="h2">Recovery</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={4}
          minColumnWidth={200}
          items={[
            { label: 'Database in the backup', value: source_database },
            {
              label: 'Requested point',
              value: (
                <>
                  <PointText point={pointOf(target)} />
                  {timeline !== null && <div>On timeline {timeline}</div>}
                </>
              ),
            },
            {
              label: 'Recovered to (times in UTC)',
              value: reached ?? (running ? 'Not reached yet' : 'Not reached'),
            },
            { label: 'Restored in the same request', value: <Others ids={others} group={group} /> },
          ]}
        />
        <KeyValuePairs
          columns={4}
          minColumnWidth={200}
          items={parts.map(([part, label]) => ({ label, value: durationText(timings[part], running) }))}
        />
      </SpaceBetween>
    </Container>
  );
}

function Others({ ids, group }: { ids: readonly string[]; group: readonly Restore[] }) {
  if (ids.length === 0) return 'Nothing else';
  return ids.map((id) => {
    const known = group.find((one) => one.id === id);
    return (
      <div key={id}>
        <PageLink href={`/restores/${id}`}>{known?.target_database ?? id}</PageLink>{' '}
        {known && <RestoreStatusLine restore={known} />}
      </div>
    );
  });
}

function durationText(ms: number | null, running: boolean): string {
  if (ms !== null) return formatDuration(ms);
  return running ? 'Not done yet' : '–';
}
