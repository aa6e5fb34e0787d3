import { useProviderNames } from '../../api/names.ts';
import { SelectField } from '../../forms/fields.tsx';
import type { Field } from '../../forms/use-form.ts';

/** The storage provider for backups whose record names none. */
export function ProviderField({ field }: { field: Field<string> }) {
  const { providers } = useProviderNames();
  return (
    <SelectField
      label="Storage provider for backups that don't name one"
      description="Jagad's records usually name the storage provider of each backup."
      field={field}
      choices={[
        { value: '', label: 'The default one' },
        ...providers.map(({ id, name, bucket }) => ({ value: id, label: name, description: `Bucket ${bucket}` })),
      ]}
    />
  );
}
