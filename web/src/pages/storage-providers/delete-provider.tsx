import { useLocation } from 'wouter';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import { useChange } from '../../api/queries.ts';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { useNotifications } from '../../shell/notifications.tsx';

export function DeleteProvider({ provider, onDismiss }: { provider: StorageProvider; onDismiss(): void }) {
  const { id, name } = provider;
  const [, navigate] = useLocation();
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/storage-providers/{id}');
  const onSuccess = () => {
    tell('success', `The storage provider ${name} was deleted.`);
    navigate('/storage-providers');
  };
  return (
    <ConfirmModal
      title={`Delete ${name}?`}
      submitText="Delete"
      busy={remove.isPending}
      error={remove.error}
      failedText="The storage provider was not deleted"
      onConfirm={() => remove.mutate({ id }, { onSuccess })}
      onDismiss={onDismiss}
    >
      The service forgets this provider and its secret key. The bucket and its objects are not changed. A provider that
      holds backups cannot be deleted.
    </ConfirmModal>
  );
}
