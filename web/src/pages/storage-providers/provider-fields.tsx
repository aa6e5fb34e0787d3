import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { PROVIDER_TYPES, type StorageProvider } from '../../../../lib/domain/records.ts';
import { CheckField, LongTextField, RadioField, SelectField, TextField } from '../../forms/fields.tsx';
import type { Form } from '../../forms/use-form.ts';
import {
  keepsSecretKey,
  type ProviderDraft,
  type ProviderValues,
  usesKeys,
  withProviderType,
} from './provider-form.ts';
import { PROVIDER_TYPE } from './provider-types.ts';

interface ProviderFieldsProps {
  form: Form<ProviderValues, ProviderDraft>;
  stored?: StorageProvider | undefined;
}

export function ProviderFields({ form, stored }: ProviderFieldsProps) {
  const { values } = form;
  const type = form.field('provider_type');
  const isAws = values.provider_type === 's3';
  const isKept = keepsSecretKey(values, stored);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Bucket</Header>}>
        <SpaceBetween size="l">
          <TextField label="Name" field={form.field('name')} />
          <SelectField
            label="Type"
            field={{ ...type, set: (next) => form.patch(withProviderType(values, next)) }}
            choices={PROVIDER_TYPES.map((value) => ({ value, label: PROVIDER_TYPE[value].label }))}
          />
          <TextField
            label="Endpoint"
            optional={isAws}
            field={form.field('endpoint')}
            constraintText={`Such as ${PROVIDER_TYPE[values.provider_type].endpoint}.${isAws ? ' Left empty, it is that of the region.' : ''}`}
          />
          <TextField label="Region" field={form.field('region')} />
          <TextField label="Bucket" field={form.field('bucket')} />
          <CheckField
            label="Put the bucket into the path"
            description="Instead of into the host name. MinIO and many others need it."
            field={form.field('path_style')}
          />
          <LongTextField
            label="Trusted certificates"
            optional
            description="For a store with a certificate of your own. They are trusted besides the public authorities."
            constraintText="In PEM, beginning with -----BEGIN CERTIFICATE-----."
            field={form.field('ca_bundle')}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Access</Header>}>
        <SpaceBetween size="l">
          {isAws && (
            <RadioField
              label="Sign in with"
              field={form.field('login')}
              choices={[
                { value: 'keys', label: 'An access key' },
                {
                  value: 'role',
                  label: "The service's own role",
                  description: 'On AWS only. Allow that role to list and read the bucket.',
                },
              ]}
            />
          )}
          {usesKeys(values) && (
            <>
              <TextField label="Access key" field={form.field('access_key')} />
              <TextField
                label={isKept ? 'New secret key' : 'Secret key'}
                type="password"
                field={form.field('secret_key')}
                constraintText={
                  isKept
                    ? 'Left empty, the secret key stays as it is.'
                    : 'Kept in Secrets Manager, and never shown again.'
                }
                {...(stored !== undefined && !isKept && values.secret_key === ''
                  ? { warningText: 'Type the secret key again: the stored one stays with its endpoint and access key.' }
                  : {})}
              />
            </>
          )}
          {stored === undefined && (
            <CheckField
              label="Make it the default"
              description="For backups that do not say where they are. The first provider is it anyhow."
              field={form.field('is_default')}
            />
          )}
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}
