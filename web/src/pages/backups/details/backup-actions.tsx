import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLocation } from 'wouter';
import { useChange } from '../../../api/queries.ts';
import { useMay } from '../../../session/use-may.ts';
import { useNotifications } from '../../../shell/notifications.tsx';
import { download } from '../download.ts';
import { type Backup, undownloadable, unrestorable, unverifiable } from '../restorable.ts';

/** Actions that affect the record, not the object. */
export type RecordAction = 'correct' | 'remove';

interface BackupActionsProps {
  backup: Backup;
  onRecord(action: RecordAction): void;
}

/** The actions for one backup. */
export function BackupActions({ backup, onRecord }: BackupActionsProps) {
  const [, navigate] = useLocation();
  const { fail } = useNotifications();
  const verify = useChange('POST /api/backups/{id}/verify');
  const mayVerify = useMay('POST /api/backups/{id}/verify');
  const mayDownload = useMay('GET /api/backups/{id}/download');
  const mayRestore = useMay('POST /api/backups/{id}/restore');
  const mayCorrect = useMay('PUT /api/backups/{id}');
  const noVerify = mayVerify.reason ?? unverifiable(backup);
  const noDownload = mayDownload.reason ?? undownloadable(backup);
  const noRestore = mayRestore.reason ?? unrestorable(backup);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ButtonDropdown
        {...disabledBy(mayCorrect.reason)}
        items={[
          { id: 'correct', text: 'Confirm or correct' },
          { id: 'remove', text: 'Remove the record' },
        ]}
        onItemClick={({ detail }) => onRecord(detail.id as RecordAction)}
      >
        Record
      </ButtonDropdown>
      <Button
        {...disabledBy(noVerify)}
        loading={verify.isPending}
        loadingText="Starting the verification"
        onClick={() =>
          verify.mutate(
            { id: backup.id, body: {} },
            { onError: (error) => fail('The verification did not start', error) },
          )
        }
      >
        Verify
      </Button>
      <Button {...disabledBy(noDownload)} onClick={() => download([backup])}>
        Download
      </Button>
      <Button variant="primary" {...disabledBy(noRestore)} onClick={() => navigate(`/backups/${backup.id}/restore`)}>
        Restore
      </Button>
    </SpaceBetween>
  );
}

function disabledBy(reason: string | undefined) {
  return reason === undefined ? {} : { disabled: true, disabledReason: reason };
}
