import { useState } from 'react';
import { titleOf } from '../../../../../lib/databases/engines.ts';
import { useConnectionNames, useProviderNames } from '../../../api/names.ts';
import { useChange } from '../../../api/queries.ts';

import { SelectField, TextField } from '../../../forms/fields.tsx';
import { FormModal } from '../../../forms/form-modal.tsx';
import { useForm } from '../../../forms/use-form.ts';
import { useNotifications } from '../../../shell/notifications.tsx';
import { hostAndPort } from '../../connections/host-and-port.ts';
import type { Backup } from '../restorable.ts';
import { canBeOf, correctBody, correctSchema, correctValues } from './correct-form.ts';

interface CorrectRecordProps {
  backup: Backup;
  /** Why it isn't certain which server the backup comes from. */
  doubt: string | undefined;
  onDismiss(): void;
}

/** Confirms which server a backup comes from, or corrects its record. */
export function CorrectRecord({ backup, doubt, onDismiss }: CorrectRecordProps) {
  const { tell } = useNotifications();
  const { connections, nameOf } = useConnectionNames();
  const { providers } = useProviderNames();
  // the record as it was when the form was opened, so that data that arrives later overwrites nothing that was typed
  const [opened] = useState(backup);
  const [isInDoubt] = useState(doubt !== undefined);
  const form = useForm(
    correctValues(opened, isInDoubt),
    (values) => correctBody(values, opened, isInDoubt),
    correctSchema,
  );
  const update = useChange('PUT /api/backups/{id}');

  function save() {
    const body = form.submit();
    if (body === undefined) return;
    update.mutate(
      { id: opened.id, body },
      {
        onSuccess: ({ database_name, connection_id }) => {
          tell('success', `The record now says: ${database_name} on ${nameOf(connection_id)}.`);
          onDismiss();
        },
      },
    );
  }

  const servers = connections
    .filter((connection) => canBeOf(opened, connection))
    .map((connection) => ({
      value: connection.id,
      label: connection.id === opened.connection_id && isInDoubt ? `${connection.name} (current)` : connection.name,
      description: `${titleOf(connection.db_type)} at ${hostAndPort(connection)}`,
    }));
  return (
    <FormModal
      title="Confirm or correct the record"
      submitText="Save"
      busy={update.isPending}
      onSubmit={save}
      onDismiss={onDismiss}
      problem={form.error}
      error={update.error}
      failedText="The record was not changed"
    >
      <SelectField
        label="Connection"
        description="The server that this backup was made from. Imports will not overwrite your choice."
        field={form.field('connection_id')}
        choices={[...(isInDoubt ? [{ value: '', label: 'Leave it unconfirmed' }] : []), ...servers]}
      />
      <TextField label="Database" field={form.field('database_name')} />
      <SelectField
        label="Storage provider"
        field={form.field('storage_provider_id')}
        choices={[
          ...(opened.storage_provider_id === null ? [{ value: '', label: 'The default one' }] : []),
          ...providers.map(({ id, name, bucket }) => ({ value: id, label: name, description: `Bucket ${bucket}` })),
        ]}
      />
      <TextField
        label="Path in the bucket"
        field={form.field('storage_path')}
        constraintText="If you change the path or the storage provider, verify the backup again."
      />
    </FormModal>
  );
}
