import { userUpdateBody } from '../../../../lib/accounts/schemas.ts';
import { useChange } from '../../api/queries.ts';
import { RadioField } from '../../forms/fields.tsx';
import { FormModal } from '../../forms/form-modal.tsx';
import { useForm } from '../../forms/use-form.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { ROLE, ROLE_CHOICES, type User } from './user.ts';

export function ChangeRole({ user, onDismiss }: { user: User; onDismiss(): void }) {
  const { tell } = useNotifications();
  const change = useChange('PUT /api/users/{id}');
  const form = useForm({ role: user.role }, (values) => values, userUpdateBody);

  function submit() {
    const body = form.submit();
    if (body === undefined) return;
    change.mutate(
      { id: user.id, body },
      {
        onSuccess: ({ username, role }) => {
          tell('success', `${username} is now: ${ROLE[role].label}.`);
          onDismiss();
        },
      },
    );
  }

  return (
    <FormModal
      title={`Change the role of ${user.username}`}
      submitText="Change role"
      busy={change.isPending}
      disabledReason={form.dirty ? undefined : 'Choose another role.'}
      onSubmit={submit}
      onDismiss={onDismiss}
      problem={form.error}
      error={change.error}
      failedText="The role was not changed"
    >
      <RadioField
        label="Role"
        description="Their sessions end, so they must sign in again."
        field={form.field('role')}
        choices={ROLE_CHOICES}
      />
    </FormModal>
  );
}
