import Alert from '@cloudscape-design/components/alert';
import { useChange } from '../../api/queries.ts';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { useNotifications } from '../../shell/notifications.tsx';

export function DeleteKey({ id, onDismiss }: { id: string; onDismiss(): void }) {
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/encryption-keys/{id}');
  const onSuccess = () => {
    tell('success', `The encryption key ${id} is deleted.`);
    onDismiss();
  };
  return (
    <ConfirmModal
      title={`Delete the key ${id}?`}
      submitText="Delete"
      toType={id}
      busy={remove.isPending}
      error={remove.error}
      failedText="The key is not deleted"
      onConfirm={() => remove.mutate({ id }, { onSuccess })}
      onDismiss={onDismiss}
    >
      <Alert type="warning" header="Backups that were made with it can no longer be restored">
        Nor can they be verified or previewed. Only who has the passphrase can add the key again.
      </Alert>
    </ConfirmModal>
  );
}
