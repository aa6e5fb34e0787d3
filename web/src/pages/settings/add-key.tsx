import { newEncryptionKeyBody } from '../../../../lib/connections/providers/schemas.ts';
import { useChange } from '../../api/queries.ts';
import { CheckField, TextField } from '../../forms/fields.tsx';
import { FormModal } from '../../forms/form-modal.tsx';
import { useForm } from '../../forms/use-form.ts';
import { useNotifications } from '../../shell/notifications.tsx';

const NOTHING_TYPED = { id: '', value: '', is_default: false };

export function AddKey({ onDismiss }: { onDismiss(): void }) {
  const { tell } = useNotifications();
  const add = useChange('POST /api/encryption-keys');
  const form = useForm(NOTHING_TYPED, (values) => values, newEncryptionKeyBody);

  function submit() {
    const body = form.submit();
    if (body === undefined) return;
    add.mutate(
      { body },
      {
        onSuccess: ({ id }) => {
          tell('success', `The encryption key ${id} was added.`);
          onDismiss();
        },
      },
    );
  }

  return (
    <FormModal
      title="Add encryption key"
      submitText="Add key"
      busy={add.isPending}
      onSubmit={submit}
      onDismiss={onDismiss}
      problem={form.error}
      error={add.error}
      failedText="The key was not added"
    >
      <TextField
        label="ID"
        field={form.field('id')}
        constraintText="Jagad's id of the key, if it has one; otherwise any name. It cannot be changed later."
        autoFocus
      />
      <TextField
        label="Passphrase"
        type="password"
        field={form.field('value')}
        constraintText="From Jagad's settings. It is stored in Secrets Manager, and never shown again."
      />
      <CheckField
        label="Make it the default"
        description="Tried first on backups that do not name their key."
        field={form.field('is_default')}
      />
    </FormModal>
  );
}
