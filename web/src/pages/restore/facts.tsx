import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import type { Restore } from '../../../../lib/domain/records.ts';
import { Copyable } from '../../components/copyable.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { TRIGGER } from '../../components/status.tsx';
import { Time } from '../../components/times.tsx';
import { RestoreDuration } from '../../restores/duration.tsx';
import { RestoreStatusLine } from '../../restores/status.tsx';

/** @param source, target in words. */
export function Facts({ restore, source, target }: { restore: Restore; source: string; target: string }) {
  const { id, backup_id, verified, execution_arn, cancelled_by } = restore;
  return (
    <Container header={<Header variant="h2">Details</Header>}>
      <KeyValuePairs
        columns={4}
        minColumnWidth={200}
        items={[
          { label: 'Status', value: <RestoreStatusLine restore={restore} /> },
          { label: 'Backup', value: <PageLink href={`/backups/${backup_id}`}>{source}</PageLink> },
          { label: 'Target', value: target },
          { label: 'Trigger', value: TRIGGER[restore.trigger] },
          { label: 'Started', value: <Time iso={restore.started_at} /> },
          { label: 'Ended', value: <Time iso={restore.completed_at} /> },
          { label: 'Duration', value: <RestoreDuration restore={restore} /> },
          ...(cancelled_by === null ? [] : [{ label: 'Cancelled by', value: cancelled_by }]),
          {
            label: 'SHA-256 of what was verified',
            value: verified?.sha256 ? (
              <Copyable text={verified.sha256} what="the checksum" />
            ) : verified === null ? (
              'Not verified yet'
            ) : (
              'The verification was left out'
            ),
          },
          { label: 'Restore ID', value: <Copyable text={id} what="the ID" /> },
          {
            label: 'Execution ARN',
            value: execution_arn === null ? '–' : <Copyable text={execution_arn} what="the ARN" />,
          },
        ]}
      />
    </Container>
  );
}
