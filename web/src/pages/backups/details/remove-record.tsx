import { useLocation } from 'wouter';
import { useChange } from '../../../api/queries.ts';
import { ConfirmModal } from '../../../forms/confirm-modal.tsx';
import { useNotifications } from '../../../shell/notifications.tsx';
import type { Backup } from '../restorable.ts';

/** Removes a backup from the catalogue. The object stays in its bucket. */
export function RemoveRecord({ backup, onDismiss }: { backup: Backup; onDismiss(): void }) {
  const [, navigate] = useLocation();
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/backups/{id}');
  return (
    <ConfirmModal
      title="Remove the record?"
      submitText="Remove the record"
      busy={remove.isPending}
      error={remove.error}
      failedText="The record was not removed"
      onConfirm={() =>
        remove.mutate(
          { id: backup.id },
          {
            onSuccess: () => {
              tell('success', `The record of the backup of ${backup.database_name} was removed.`);
              navigate('/backups');
            },
          },
        )
      }
      onDismiss={onDismiss}
    >
      The backup of {backup.database_name} will no longer be listed here. The object stays in storage. A scan of the
      bucket or an import from Jagad brings the record back.
    </ConfirmModal>
  );
}
