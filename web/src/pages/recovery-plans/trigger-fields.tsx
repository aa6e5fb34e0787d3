import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { LongTextField, SelectField, TextField } from '../../forms/fields.tsx';
import type { Field } from '../../forms/use-form.ts';
import type { TriggerValues } from './plan-form.ts';

interface TriggerFieldsProps {
  /** Counted from 1. */
  number: number;
  field: Field<TriggerValues>;
  onRemove(): void;
}

/** One trigger of a plan. */
export function TriggerFields({ number, field, onRemove }: TriggerFieldsProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: with a fieldset's legend, screen readers would say it twice
    <div role="group" aria-label={`Trigger ${number}`}>
      <SpaceBetween size="s">
        <ColumnLayout columns={2} minColumnWidth={220}>
          <SelectField
            label="Started by"
            field={field.at('kind')}
            choices={[
              { value: 'schedule', label: 'A schedule' },
              { value: 'alarm', label: 'An alarm' },
              { value: 'event', label: 'An event' },
            ]}
          />
          <Details field={field} />
        </ColumnLayout>
        <Button formAction="none" ariaLabel={`Remove trigger ${number}`} onClick={onRemove}>
          Remove trigger
        </Button>
      </SpaceBetween>
    </div>
  );
}

function Details({ field }: { field: Field<TriggerValues> }) {
  switch (field.value.kind) {
    case 'schedule':
      return (
        <TextField
          label="Schedule"
          constraintText="In UTC: rate(6 hours), or cron(0 2 * * ? *) for each day at 2:00."
          field={field.at('expression')}
        />
      );
    case 'alarm':
      return (
        <SpaceBetween size="s">
          <LongTextField
            label="Names of CloudWatch alarms"
            constraintText="One per line. Any of them starts the plan."
            rows={3}
            field={field.at('alarms')}
          />
          <SelectField
            label="When its state changes to"
            field={field.at('state')}
            choices={[
              { value: 'ALARM', label: 'In alarm' },
              { value: 'OK', label: 'OK' },
              { value: 'INSUFFICIENT_DATA', label: 'Insufficient data' },
            ]}
          />
        </SpaceBetween>
      );
    case 'event':
      return (
        <LongTextField
          label="Event pattern"
          constraintText={'An EventBridge pattern in JSON, for example {"source": ["our.pager"]}.'}
          field={field.at('pattern')}
        />
      );
  }
}
