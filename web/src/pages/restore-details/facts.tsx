import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Restore } from '../../../../lib/restores/model.ts';
import { Copyable } from '../../components/copyable.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { Time } from '../../components/times.tsx';
import { RestoreDuration } from '../../restores/duration.tsx';
import { TARGET_LABEL } from '../../restores/stages.ts';
import { RestoreStatusLine } from '../../restores/status.tsx';
import { TRIGGER } from '../../restores/trigger.ts';
import { PROVEN } from '../backups/restorable.ts';

/** @param source, target in words. */
export function Facts({ restore, source, target }: { restore: Restore; source: string; target: string }) {
  const { id, backup_id, execution_arn, cancelled_by } = restore;
  return (
    <Container header={<Header variant="h2">Details</Header>}>
      <SpaceBetween size="l">
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Status', value: <RestoreStatusLine restore={restore} /> },
            { label: 'Backup', value: <PageLink href={`/backups/${backup_id}`}>{source}</PageLink> },
            { label: 'Target', value: target },
            { label: 'Target state', value: targetState(restore) },
            { label: 'Trigger', value: TRIGGER[restore.trigger] },
            { label: 'Started', value: <Time iso={restore.started_at} /> },
            { label: 'Ended', value: <Time iso={restore.completed_at} /> },
            { label: 'Duration', value: <RestoreDuration restore={restore} /> },
            { label: 'Cancelled by', value: cancelled_by ?? '–' },
          ]}
        />
        <KeyValuePairs
          columns={2}
          items={[
            {
              label: restore.recovery === null ? 'Verified SHA-256' : 'Verification',
              value: verifiedText(restore),
            },
            { label: 'Restore ID', value: <Copyable text={id} what="the ID" /> },
            {
              label: 'Execution ARN',
              value: execution_arn === null ? '–' : <Copyable text={execution_arn} what="the ARN" />,
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}

function targetState({ target_state, status }: Restore): string {
  if (target_state === null) return 'Not known';
  return status === 'running' && target_state === 'incomplete' ? 'Being written' : TARGET_LABEL[target_state];
}

function verifiedText({ verified, status, recovery }: Restore) {
  if (recovery !== null) return PROVEN;
  if (verified?.sha256) return <Copyable text={verified.sha256} what="the checksum" />;
  if (verified !== null) return 'Verification was skipped';
  return status === 'running' ? 'Not verified yet' : 'Verification did not pass';
}
