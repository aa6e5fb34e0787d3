import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Connection } from '../../../../lib/connections/model.ts';
import { titleOf } from '../../../../lib/databases/engines.ts';
import type { DbType } from '../../../../lib/databases/names.ts';
import { useConnectionNames } from '../../api/names.ts';
import { SelectField, TextField } from '../../forms/fields.tsx';
import type { Field } from '../../forms/use-form.ts';
import { BackupChoice } from './backup-choice.tsx';
import { type EntryValues, overwritesSource, type TriggerValues, targetWarning, withSource } from './plan-form.ts';

interface EntryFieldsProps {
  name: string;
  field: Field<EntryValues>;
  triggers: readonly TriggerValues[];
  onRemove(): void;
  /** Whether the plan has other entries. */
  removable: boolean;
}

/** One restore of a plan, with its source, backup and target. */
export function EntryFields({ name, field, triggers, onRemove, removable }: EntryFieldsProps) {
  const { value } = field;
  const { connections } = useConnectionNames();
  const connection = (id: string) => connections.find((one) => one.id === id);
  const pick = field.at('pick');
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend isn't a heading
    <div role="group" aria-label={name}>
      <SpaceBetween size="m">
        <Box variant="h3">{name}</Box>
        <ColumnLayout columns={2} minColumnWidth={220}>
          <ConnectionChoice
            label="Backed-up server"
            connections={connections}
            field={{
              ...field.at('connection_id'),
              set: (connection_id) => field.set(withSource(value, { connection_id })),
            }}
          />
          <TextField
            label="Backed-up database"
            field={{ ...field.at('database'), set: (database) => field.set(withSource(value, { database })) }}
          />
          <SelectField
            label="Backup"
            constraintText={value.pick.kind === 'newest_verified' && 'As it is when the plan runs.'}
            field={pick.at('kind')}
            choices={[
              { value: 'newest_verified', label: 'The newest verified backup' },
              { value: 'newest_before', label: 'The newest before a given time' },
              { value: 'backup', label: 'A specific backup' },
            ]}
          />
          {value.pick.kind === 'backup' ? (
            <BackupChoice connectionId={value.connection_id} database={value.database} field={pick.at('backup_id')} />
          ) : value.pick.kind === 'newest_before' ? (
            <TextField
              label="Made before"
              constraintText="In UTC, for example 2026-11-22 14:30, or with an offset: 2026-11-22 14:30 +01:00."
              field={pick.at('time')}
            />
          ) : (
            <span />
          )}
          <ConnectionChoice
            label="Target server"
            connections={connections}
            dbType={connection(value.connection_id)?.db_type}
            warningText={targetWarning(connection(value.target_connection), triggers)}
            field={field.at('target_connection')}
          />
          <TextField
            label="Target database"
            optional
            warningText={overwritesSource(value) && 'This is the original database: each run overwrites it.'}
            constraintText="An existing database is overwritten. If empty, the backed-up database's name is used."
            field={field.at('target_database')}
          />
        </ColumnLayout>
        <Button
          formAction="none"
          ariaLabel={`Remove restore: ${name}`}
          disabled={!removable}
          disabledReason="A plan needs at least one restore."
          onClick={onRemove}
        >
          Remove restore
        </Button>
      </SpaceBetween>
    </div>
  );
}

interface ConnectionChoiceProps {
  label: string;
  connections: readonly Connection[];
  /** The engine that the server must run; by default, any engine. */
  dbType?: DbType | undefined;
  warningText?: string | undefined;
  field: Field<string>;
}

/** Chooses a server. If the chosen one isn't loaded, its id is shown. */
function ConnectionChoice({ label, connections, dbType, warningText, field }: ConnectionChoiceProps) {
  const options = connections.map(({ id, name, db_type }) => {
    const isFit = dbType === undefined || db_type === dbType;
    return {
      ...{ value: id, label: name, description: titleOf(db_type), disabled: !isFit },
      ...(isFit ? {} : { disabledReason: 'It runs a different database engine from the backed-up server.' }),
    };
  });
  const other = field.value === '' ? null : { value: field.value, label: field.value };
  return (
    <FormField label={label} errorText={field.error} warningText={warningText}>
      <Select
        selectedOption={options.find(({ value }) => value === field.value) ?? other}
        options={options}
        placeholder="Choose a server"
        filteringType="auto"
        filteringAriaLabel="Search servers"
        empty="There are no connections yet."
        onChange={({ detail }) => field.set(detail.selectedOption.value ?? '')}
        onBlur={field.leave}
      />
    </FormField>
  );
}
