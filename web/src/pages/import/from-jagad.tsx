import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { call } from '../../api/client.ts';
import { LongTextField, RadioField, TextField } from '../../forms/fields.tsx';
import { useForm } from '../../forms/use-form.ts';
import { ImportForm } from './import-form.tsx';
import { addressWarning, jagadBody, jagadSchema, jagadValues } from './jagad-form.ts';
import { ProviderField } from './provider-field.tsx';
import { useImport } from './use-import.ts';
import type { WayProps } from './way-props.ts';

/** Imports all lists of a running Jagad. The credentials only exist in this form, and are discarded along with it. */
export function FromJagad({ providerId, choice }: WayProps) {
  const form = useForm(jagadValues(providerId), jagadBody, jagadSchema);
  const importing = useImport();
  const { values } = form;

  async function submit() {
    const body = form.submit();
    if (body === undefined) return;
    const send = async (signal: AbortSignal) =>
      (await call('POST /api/backups/import-from-jagad', { body, signal })).data;
    const isDone = await importing.run(async () => [{ send, backups: undefined }]);
    if (isDone) form.reset();
  }

  return (
    <ImportForm
      importing={importing}
      choice={choice}
      onSubmit={() => void submit()}
      problem={form.error}
      waiting="Importing Jagad's lists"
    >
      <Container header={<Header variant="h2">Jagad</Header>}>
        <SpaceBetween size="l">
          <TextField
            label="Address"
            description="The address at which this service reaches Jagad. Usually the one that you open in your browser."
            constraintText="For example, https://jagad.example.org or http://10.0.0.7:8080."
            field={form.field('url')}
            warningText={addressWarning(values.url)}
          />
          <RadioField
            label="Sign in with"
            field={form.field('sign_in')}
            choices={[
              { value: 'password', label: 'User and password' },
              { value: 'token', label: 'Token', description: 'It expires when Jagad restarts.' },
            ]}
          />
          {values.sign_in === 'password' ? (
            <SpaceBetween size="l">
              <TextField label="Jagad user name" field={form.field('username')} />
              <TextField
                label="Jagad password"
                type="password"
                field={form.field('password')}
                constraintText="Used for this import only, never stored."
              />
            </SpaceBetween>
          ) : (
            <TextField
              label="Jagad token"
              type="password"
              field={form.field('token')}
              constraintText="Used for this import only, never stored."
            />
          )}
          <ExpandableSection headerText="More settings">
            <SpaceBetween size="l">
              <LongTextField
                label="Trusted certificates"
                optional
                description="If Jagad's certificate comes from a private authority."
                constraintText="In PEM, beginning with -----BEGIN CERTIFICATE-----."
                field={form.field('ca_bundle')}
              />
              <ProviderField field={form.field('storage_provider_id')} />
            </SpaceBetween>
          </ExpandableSection>
        </SpaceBetween>
      </Container>
    </ImportForm>
  );
}
