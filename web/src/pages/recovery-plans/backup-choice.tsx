import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useConnectionNames } from '../../api/names.ts';
import { useList } from '../../api/queries.ts';
import { verificationLook } from '../../components/status.tsx';
import { formatLocal } from '../../format/time.ts';
import type { Field } from '../../forms/use-form.ts';
import { serverMark } from '../backups/own-server.ts';
import { madeAt, unrestorable } from '../backups/restorable.ts';

interface BackupChoiceProps {
  connectionId: string;
  database: string;
  field: Field<string>;
}

/** Which backup of a database to restore. */
export function BackupChoice({ connectionId, database, field }: BackupChoiceProps) {
  const { connections } = useConnectionNames();
  const isKnown = connectionId !== '' && database !== '';
  const list = useList(
    'GET /api/backups',
    { connection_id: connectionId, database_name: database, status: 'success' },
    { enabled: isKnown },
  );
  const options = (list.items ?? [])
    .filter((backup) => unrestorable(backup) === undefined)
    .map((backup) => {
      const own = connections.find(({ id }) => id === backup.connection_id);
      const facts = [verificationLook(backup).text, serverMark(backup, own), backup.id];
      return {
        value: backup.id,
        label: formatLocal(madeAt(backup)),
        description: facts.filter((fact) => fact !== undefined).join(', '),
      };
    });
  const other = field.value === '' ? null : { value: field.value, label: field.value };
  return (
    <FormField
      label="Specific backup"
      errorText={field.error}
      constraintText={isKnown ? undefined : 'Choose the server and its database first.'}
    >
      <Select
        selectedOption={options.find(({ value }) => value === field.value) ?? other}
        options={options}
        placeholder="Choose a backup"
        disabled={!isKnown}
        statusType={list.error ? 'error' : list.isFetching ? 'loading' : list.hasNextPage ? 'pending' : 'finished'}
        loadingText="Loading backups"
        errorText="The backups could not be loaded."
        recoveryText="Try again"
        empty="This database has no complete full backup."
        onLoadItems={() => (list.error ? list.refetch() : list.hasNextPage && list.fetchNextPage())}
        onChange={({ detail }) => field.set(detail.selectedOption.value ?? '')}
        onBlur={field.leave}
      />
    </FormField>
  );
}
