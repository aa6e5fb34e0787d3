import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import type { Connection } from '../../../../lib/connections/model.ts';
import { titleOf } from '../../../../lib/databases/engines.ts';
import type { DbType } from '../../../../lib/databases/names.ts';

import type { Field } from '../../forms/use-form.ts';

interface ConnectionChoiceProps {
  label: string;
  connections: readonly Connection[];
  /** The engine that it must run; any by default. */
  dbType?: DbType | undefined;
  warningText?: string | undefined;
  field: Field<string>;
}

/** Chooses a server. One that isn't loaded is shown by its id. */
export function ConnectionChoice({ label, connections, dbType, warningText, field }: ConnectionChoiceProps) {
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
