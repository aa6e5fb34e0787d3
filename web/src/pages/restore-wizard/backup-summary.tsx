import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Copyable } from '../../components/copyable.tsx';
import { Age, Time } from '../../components/times.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { type Backup, madeAt } from '../backups/restorable.ts';
import { UnreadAttempt, VerificationFault, VerificationState } from '../backups/verification-state.tsx';

/** What a backup is, and how reliable it is. */
export function BackupSummary({ backup }: { backup: Backup }) {
  const { size_bytes, object_bytes, checksum, verified_at, verify_status } = backup;
  const size = size_bytes ?? object_bytes;
  return (
    <Container header={<Header variant="h2">Backup</Header>}>
      <SpaceBetween size="m">
        <VerificationFault backup={backup} />
        <UnreadAttempt backup={backup} />
        {verify_status === 'pending' && (
          <Alert type="info" header="This backup has never been verified">
            It may be damaged. Unless you choose otherwise below, the restore verifies it before it touches the target.
          </Alert>
        )}
        <KeyValuePairs
          columns={4}
          minColumnWidth={200}
          items={[
            {
              label: 'Made',
              value: (
                <>
                  <Time iso={madeAt(backup)} /> (<Age iso={madeAt(backup)} />)
                </>
              ),
            },
            { label: 'Size', value: size === null ? 'Not known' : formatBytes(size) },
            {
              label: 'Verification',
              value: (
                <>
                  <VerificationState backup={backup} />
                  {verified_at !== null && (
                    <div>
                      Last passed <Time iso={verified_at} />
                    </div>
                  )}
                </>
              ),
            },
            {
              label: 'Checksum (SHA-256)',
              value: checksum === null ? 'None yet' : <Copyable text={checksum} what="the checksum" />,
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}
