import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { FormEvent } from 'react';
import { newBackupBody } from '../../../../lib/backups/schemas.ts';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import { useConnectionNames } from '../../api/names.ts';
import { useChange } from '../../api/queries.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { SelectField, TextField } from '../../forms/fields.tsx';
import { useForm } from '../../forms/use-form.ts';
import { useMay } from '../../session/use-may.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { NOTHING_TYPED, registerBody } from './register-form.ts';

/** Registers one object of the bucket as a backup, for example one whose server a scan can't determine. */
export function RegisterObject({ provider: { id } }: { provider: StorageProvider }) {
  const { connections } = useConnectionNames();
  const { tell } = useNotifications();
  const register = useChange('POST /api/backups');
  const may = useMay('POST /api/backups');
  const form = useForm(NOTHING_TYPED, (values) => registerBody(values, id), newBackupBody);

  function submit(event: FormEvent) {
    event.preventDefault();
    const body = form.submit();
    if (body === undefined || register.isPending || !may.allowed) return;
    register.mutate(
      { body },
      {
        onSuccess: (backup) => {
          form.reset();
          tell(
            'success',
            <>
              Registered: <PageLink href={`/backups/${backup.id}`}>the backup of {backup.database_name}</PageLink>.
            </>,
          );
        },
      },
    );
  }

  return (
    <form onSubmit={submit} noValidate>
      <Container
        header={
          <Header
            variant="h2"
            description="For an object that a scan does not recognize as a backup, such as a renamed copy."
          >
            Register one object
          </Header>
        }
        footer={
          <Button formAction="submit" disabled={!may.allowed} disabledReason={may.reason} loading={register.isPending}>
            Register
          </Button>
        }
      >
        <SpaceBetween size="l">
          <TextField
            label="Path in the bucket"
            field={form.field('storage_path')}
            constraintText="For example, backups/myserver/mydb/abc123-20250101-020000.sql.gz."
          />
          <SelectField
            label="Connection"
            field={form.field('connection_id')}
            choices={[
              { value: '', label: 'From the path' },
              ...connections.map(({ id: value, name: label }) => ({ value, label })),
            ]}
          />
          <TextField
            label="Database"
            optional
            field={form.field('database_name')}
            constraintText="Leave empty to take it from the path."
          />
          {register.error !== null && <ErrorAlert error={register.error} what="The object was not registered" />}
        </SpaceBetween>
      </Container>
    </form>
  );
}
