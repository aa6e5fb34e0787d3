import { userUpdateBody } from '../../../../lib/accounts/schemas.ts';
import { useChange } from '../../api/queries.ts';
import { TextField } from '../../forms/fields.tsx';
import { FormModal } from '../../forms/form-modal.tsx';
import { useForm } from '../../forms/use-form.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import type { User } from './user.ts';

export function ResetPassword({ user, onDismiss }: { user: User; onDismiss(): void }) {
  const { tell } = useNotifications();
  const change = useChange('PUT /api/users/{id}');
  const form = useForm({ password: '' }, (values) => values, userUpdateBody);

  function submit() {
    const body = form.submit();
    if (body === undefined) return;
    change.mutate(
      { id: user.id, body },
      {
        onSuccess: ({ username }) => {
          tell('success', `The password of ${username} was changed.`);
          onDismiss();
        },
      },
    );
  }

  return (
    <FormModal
      title={`Reset the password of ${user.username}`}
      submitText="Reset password"
      busy={change.isPending}
      onSubmit={submit}
      onDismiss={onDismiss}
      problem={form.error}
      error={change.error}
      failedText="The password was not changed"
    >
      <TextField
        label="New password"
        type="password"
        description="Their sessions end, so they must sign in with the new password."
        constraintText="At least 12 characters. The user can change it under Account."
        field={form.field('password')}
        autoFocus
      />
    </FormModal>
  );
}
