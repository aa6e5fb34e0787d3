import Badge from '@cloudscape-design/components/badge';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import LiveRegion from '@cloudscape-design/components/live-region';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import { useChange } from '../../api/queries.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Time } from '../../components/times.tsx';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { useNotifications } from '../../shell/notifications.tsx';
import { ProviderActions } from './provider-actions.tsx';
import { ProviderFindings } from './provider-findings.tsx';
import { ProviderOfPage } from './provider-of-page.tsx';
import { PROVIDER_TYPE, placeOf } from './provider-types.ts';
import { RegisterObject } from './register-object.tsx';
import { ScanBucket } from './scan-bucket.tsx';

export default function StorageProviderPage() {
  return (
    <ProviderOfPage title="Storage provider">
      {(provider) => <Details key={provider.id} provider={provider} />}
    </ProviderOfPage>
  );
}

function Details({ provider }: { provider: StorageProvider }) {
  const [deleting, setDeleting] = useState(false);
  const test = useChange('POST /api/storage-providers/{id}/test');
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={`Bucket ${provider.bucket} at ${placeOf(provider)}`}
          actions={
            <ProviderActions
              provider={provider}
              testing={test.isPending}
              onTest={() => test.mutate({ id: provider.id, body: {} })}
              onDelete={() => setDeleting(true)}
            />
          }
        >
          {provider.name} {provider.is_default && <Badge color="blue">Default</Badge>}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <LiveRegion>
          {!test.isIdle && (
            <Container header={<Header variant="h2">Test</Header>}>
              {test.isPending && <StatusIndicator type="loading">Testing</StatusIndicator>}
              {test.error !== null && <ErrorAlert error={test.error} what="The storage provider was not tested" />}
              {test.data !== undefined && <ProviderFindings findings={test.data} />}
            </Container>
          )}
        </LiveRegion>
        <Container header={<Header variant="h2">Details</Header>}>
          <Fields provider={provider} />
        </Container>
        <ScanBucket provider={provider} />
        <RegisterObject provider={provider} />
      </SpaceBetween>
      {deleting && <DeleteProvider provider={provider} onDismiss={() => setDeleting(false)} />}
    </ContentLayout>
  );
}

function Fields({ provider }: { provider: StorageProvider }) {
  const { access_key, path_style, ca_bundle } = provider;
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'Type', value: PROVIDER_TYPE[provider.provider_type].label },
        { label: 'Endpoint', value: provider.endpoint ?? "AWS's own" },
        { label: 'Region', value: provider.region },
        { label: 'Bucket', value: provider.bucket },
        { label: 'Access key', value: access_key ?? "None: the service's own role" },
        { label: 'Bucket in', value: path_style ? 'The path' : 'The host name' },
        ...(ca_bundle === null ? [] : [{ label: 'Trusted certificates', value: 'Public authorities, and its own' }]),
        { label: 'Added', value: <Time iso={provider.created_at} /> },
        { label: 'ID', value: provider.id },
      ]}
    />
  );
}

function DeleteProvider({ provider, onDismiss }: { provider: StorageProvider; onDismiss(): void }) {
  const { id, name } = provider;
  const [, navigate] = useLocation();
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/storage-providers/{id}');
  const onSuccess = () => {
    tell('success', `The storage provider ${name} was deleted.`);
    navigate('/storage-providers');
  };
  return (
    <ConfirmModal
      title={`Delete ${name}?`}
      submitText="Delete"
      busy={remove.isPending}
      error={remove.error}
      failedText="The storage provider was not deleted"
      onConfirm={() => remove.mutate({ id }, { onSuccess })}
      onDismiss={onDismiss}
    >
      The service forgets this provider and its secret key. The bucket and its objects are not changed. A provider that
      holds backups cannot be deleted.
    </ConfirmModal>
  );
}
