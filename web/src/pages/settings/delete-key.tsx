import Alert from '@cloudscape-design/components/alert';
import { useChange } from '../../api/queries.ts';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { useNotifications } from '../../shell/notifications.tsx';

export function DeleteKey({ id, onDismiss }: { id: string; onDismiss(): void }) {
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/encryption-keys/{id}');
  const onSuccess = () => {
    tell('success', `The encryption key ${id} was deleted.`);
    onDismiss();
  };
  return (
    <ConfirmModal
      title={`Delete the key ${id}?`}
      submitText="Delete"
      toType={id}
      busy={remove.isPending}
      error={remove.error}
      failedText="The key was not deleted"
      onConfirm={() => remove.mutate({ id }, { onSuccess })}
      onDismiss={onDismiss}
    >
      <Alert type="warning" header="Backups encrypted with it can no longer be restored">
        They cannot be verified or previewed either. Only someone with the passphrase can add the key again.
      </Alert>
    </ConfirmModal>
  );
}
