import type { Role } from '../../../../lib/accounts/roles.ts';
import { newUserBody } from '../../../../lib/accounts/schemas.ts';
import { useChange } from '../../api/queries.ts';
import { RadioField, TextField } from '../../forms/fields.tsx';
import { FormModal } from '../../forms/form-modal.tsx';
import { useForm } from '../../forms/use-form.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { ROLE_CHOICES } from './user.ts';

const NOTHING_TYPED = { username: '', password: '', role: 'viewer' as Role };

export function AddUser({ onDismiss }: { onDismiss(): void }) {
  const { tell } = useNotifications();
  const add = useChange('POST /api/users');
  const form = useForm(NOTHING_TYPED, (values) => values, newUserBody);

  function submit() {
    const body = form.submit();
    if (body === undefined) return;
    add.mutate(
      { body },
      {
        onSuccess: ({ username }) => {
          tell('success', `The user ${username} was added.`);
          onDismiss();
        },
      },
    );
  }

  return (
    <FormModal
      title="Add user"
      submitText="Add user"
      busy={add.isPending}
      onSubmit={submit}
      onDismiss={onDismiss}
      problem={form.error}
      error={add.error}
      failedText="The user was not added"
    >
      <TextField label="User name" field={form.field('username')} autoFocus />
      <TextField
        label="Password"
        type="password"
        field={form.field('password')}
        constraintText="At least 12 characters. The user can change it under Account."
      />
      <RadioField label="Role" field={form.field('role')} choices={ROLE_CHOICES} />
    </FormModal>
  );
}
