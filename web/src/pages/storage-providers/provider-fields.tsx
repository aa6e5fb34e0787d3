import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { PROVIDER_TYPES, type StorageProvider } from '../../../../lib/connections/providers/model.ts';
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
            constraintText={`For example, ${PROVIDER_TYPE[values.provider_type].endpoint}.${isAws ? ' If empty, the endpoint of the region is used.' : ''}`}
          />
          <TextField label="Region" field={form.field('region')} />
          <TextField label="Bucket" field={form.field('bucket')} />
          <CheckField
            label="Put the bucket in the path"
            description="Instead of in the host name. MinIO and many others need this."
            field={form.field('path_style')}
          />
          <LongTextField
            label="Trusted certificates"
            optional
            description="If the store's certificate comes from a private authority. Trusted in addition to the public authorities."
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
                    ? 'Leave empty to keep the stored secret key.'
                    : 'Stored in Secrets Manager, and never shown again.'
                }
                {...(stored !== undefined && !isKept && values.secret_key === ''
                  ? {
                      warningText:
                        'Type the secret key again: the stored one is only for the endpoint and access key it was given for.',
                    }
                  : {})}
              />
            </>
          )}
          {stored === undefined && (
            <CheckField
              label="Make it the default"
              description="Used for backups that do not name their provider. The first provider is always the default."
              field={form.field('is_default')}
            />
          )}
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}
