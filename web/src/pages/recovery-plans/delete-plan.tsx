import { useLocation } from 'wouter';
import type { RecoveryPlan } from '../../../../lib/plans/model.ts';
import { useChange } from '../../api/queries.ts';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { useNotifications } from '../../shell/notifications.tsx';

export function DeletePlan({ plan: { id, name }, onDismiss }: { plan: RecoveryPlan; onDismiss(): void }) {
  const [, navigate] = useLocation();
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/recovery-plans/{id}');
  const onSuccess = () => {
    tell('success', `The recovery plan ${name} was deleted.`);
    navigate('/recovery-plans');
  };
  return (
    <ConfirmModal
      title={`Delete ${name}?`}
      submitText="Delete"
      busy={remove.isPending}
      error={remove.error}
      failedText="The recovery plan was not deleted"
      onConfirm={() => remove.mutate({ id }, { onSuccess })}
      onDismiss={onDismiss}
    >
      Nothing can start it any more. A run in progress continues, and the records of its runs stay.
    </ConfirmModal>
  );
}
