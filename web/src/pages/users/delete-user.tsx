import { useChange } from '../../api/queries.ts';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { useNotifications } from '../../shell/notifications.tsx';
import type { User } from './user.ts';

export function DeleteUser({ user: { id, username }, onDismiss }: { user: User; onDismiss(): void }) {
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/users/{id}');
  const onSuccess = () => {
    tell('success', `The user ${username} was deleted.`);
    onDismiss();
  };
  return (
    <ConfirmModal
      title={`Delete ${username}?`}
      submitText="Delete"
      busy={remove.isPending}
      error={remove.error}
      failedText="The user was not deleted"
      onConfirm={() => remove.mutate({ id }, { onSuccess })}
      onDismiss={onDismiss}
    >
      Their sessions end at once. Restores that they started continue, and the audit log keeps their actions.
    </ConfirmModal>
  );
}
