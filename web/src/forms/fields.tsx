/** Cloudscape's controls, bound to a field of a form. */
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField, { type FormFieldProps } from '@cloudscape-design/components/form-field';
import Input, { type InputProps } from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import Textarea from '@cloudscape-design/components/textarea';
import type { Field } from './use-form.ts';

interface Labels extends Pick<FormFieldProps, 'description' | 'constraintText' | 'warningText' | 'stretch'> {
  label: string;
  optional?: boolean;
}

export interface Choice<T extends string> {
  value: T;
  label: string;
  description?: string;
}

function Labelled<T>({ field, label, optional, children, ...rest }: Labels & Children & { field: Field<T> }) {
  const shown = optional ? (
    <span>
      {label} <i>– optional</i>
    </span>
  ) : (
    label
  );
  return (
    <FormField {...rest} label={shown} errorText={field.error}>
      {children}
    </FormField>
  );
}
type Children = Pick<FormFieldProps, 'children'>;

type TextFieldProps = Labels & { field: Field<string> } & Pick<
    InputProps,
    'type' | 'inputMode' | 'autoComplete' | 'autoFocus'
  >;

export function TextField({ field, type, inputMode, autoComplete, autoFocus, ...labels }: TextFieldProps) {
  return (
    <Labelled {...labels} field={field}>
      <Input
        name={field.name}
        value={field.value}
        onChange={({ detail }) => field.set(detail.value)}
        onBlur={field.leave}
        type={type ?? 'text'}
        // otherwise, browsers fill in the user's own sign-in
        autoComplete={autoComplete ?? (type === 'password' ? 'new-password' : 'off')}
        spellcheck={false}
        {...(inputMode === undefined ? {} : { inputMode })}
        {...(autoFocus === undefined ? {} : { autoFocus })}
      />
    </Labelled>
  );
}

export function LongTextField({ field, rows = 6, ...labels }: Labels & { field: Field<string>; rows?: number }) {
  return (
    <Labelled {...labels} field={field}>
      <Textarea
        name={field.name}
        value={field.value}
        rows={rows}
        onChange={({ detail }) => field.set(detail.value)}
        onBlur={field.leave}
        spellcheck={false}
      />
    </Labelled>
  );
}

interface ChoiceProps<T extends string> extends Labels {
  field: Field<T>;
  choices: readonly Choice<T>[];
  disabled?: boolean;
}

export function SelectField<T extends string>({ field, choices, disabled = false, ...labels }: ChoiceProps<T>) {
  return (
    <Labelled {...labels} field={field}>
      <Select
        selectedOption={choices.find(({ value }) => value === field.value) ?? null}
        options={choices}
        disabled={disabled}
        onChange={({ detail }) => field.set(detail.selectedOption.value as T)}
        onBlur={field.leave}
      />
    </Labelled>
  );
}

export function RadioField<T extends string>({ field, choices, disabled = false, ...labels }: ChoiceProps<T>) {
  return (
    <Labelled {...labels} field={field}>
      <RadioGroup
        name={field.name}
        value={field.value}
        items={choices.map((choice) => ({ ...choice, disabled }))}
        onChange={({ detail }) => field.set(detail.value as T)}
      />
    </Labelled>
  );
}

interface CheckFieldProps {
  field: Field<boolean>;
  label: string;
  description?: string;
}

export function CheckField({ field, label, description }: CheckFieldProps) {
  return (
    <Checkbox checked={field.value} onChange={({ detail }) => field.set(detail.checked)} description={description}>
      {label}
    </Checkbox>
  );
}
