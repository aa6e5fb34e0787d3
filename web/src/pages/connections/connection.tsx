import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import LiveRegion from '@cloudscape-design/components/live-region';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import type { Connection } from '../../../../lib/connections/model.ts';
import { hasField, titleOf } from '../../../../lib/databases/engines.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { ConnectionFindings } from '../../components/connection-findings.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PageLink } from '../../components/page-link.tsx';

import { Time } from '../../components/times.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { useMay } from '../../session/use-may.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { hostAndPort } from './host-and-port.ts';

export default function ConnectionPage() {
  const { id } = useParams<{ id: string }>();
  const read = useRead('GET /api/connections/{id}', { id });
  return (
    <Loaded read={read} what="connection" title="Connection" list={{ href: '/connections', text: 'All connections' }}>
      {(connection) => <Details connection={connection} />}
    </Loaded>
  );
}

function Details({ connection }: { connection: Connection }) {
  const { id, name } = connection;
  const [, navigate] = useLocation();
  const [deleting, setDeleting] = useState(false);
  const test = useChange('POST /api/connections/{id}/test');
  const mayTest = useMay('POST /api/connections/{id}/test');
  const mayEdit = useMay('PUT /api/connections/{id}');
  const mayDelete = useMay('DELETE /api/connections/{id}');

  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={`${titleOf(connection.db_type)} at ${hostAndPort(connection)}`}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={!mayDelete.allowed} disabledReason={mayDelete.reason} onClick={() => setDeleting(true)}>
                Delete
              </Button>
              <Button
                disabled={!mayEdit.allowed}
                disabledReason={mayEdit.reason}
                onClick={() => navigate(`/connections/${id}/edit`)}
              >
                Edit
              </Button>
              <Button
                variant="primary"
                disabled={!mayTest.allowed}
                disabledReason={mayTest.reason}
                loading={test.isPending}
                onClick={() => test.mutate({ id, body: {} })}
              >
                Test
              </Button>
            </SpaceBetween>
          }
        >
          {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <LiveRegion>
          {!test.isIdle && (
            <Container header={<Header variant="h2">Test</Header>}>
              {test.isPending && <StatusIndicator type="loading">Testing</StatusIndicator>}
              {test.error !== null && <ErrorAlert error={test.error} what="The connection was not tested" />}
              {test.data !== undefined && <ConnectionFindings findings={test.data} username={connection.username} />}
            </Container>
          )}
        </LiveRegion>
        {connection.jagad_changed_at !== null && (
          <Alert type="info" header="Jagad's record of this connection was changed">
            It changed <Time iso={connection.jagad_changed_at} />. Jagad doesn't say what changed: it may now name
            another server. Earlier backups are marked, and you must choose a target to restore one. If they are from
            this server, confirm that on each backup's page.
          </Alert>
        )}
        <Container header={<Header variant="h2">Details</Header>}>
          <Fields connection={connection} />
        </Container>
      </SpaceBetween>
      {deleting && <DeleteConnection connection={connection} onDismiss={() => setDeleting(false)} />}
    </ContentLayout>
  );
}

function Fields({ connection }: { connection: Connection }) {
  const { secret_arn, ca_bundle, event_restore_allowed, trusted, encrypted_only } = connection;
  const { db_type, binlog_prefix, free_bytes, jagad_changed_at } = connection;
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'Engine', value: titleOf(connection.db_type) },
        { label: 'Host and port', value: hostAndPort(connection) },
        { label: 'User name', value: connection.username },
        { label: 'Password', value: secret_arn === null ? 'Kept by this service' : `From ${secret_arn}` },
        { label: 'TLS mode', value: connection.ssl_mode },
        {
          label: 'Trusted certificates',
          value: ca_bundle === null ? 'Public authorities, and those of RDS' : "The connection's own",
        },
        ...(hasField(db_type, 'binlog_prefix')
          ? [{ label: 'Prefix of its binary logs', value: binlog_prefix ?? 'None' }]
          : []),
        {
          label: 'Free space on its disk',
          value: free_bytes === null ? 'Not given' : formatBytes(free_bytes),
        },
        { label: 'Accepted backups', value: encrypted_only ? 'Encrypted backups only' : 'Any' },
        ...(hasField(db_type, 'trusted')
          ? [{ label: 'Rights of dumps', value: trusted ? 'All rights of the user' : 'Only the target database' }]
          : []),
        { label: 'Restores by events', value: event_restore_allowed ? 'Allowed' : 'Not allowed' },
        { label: 'Added', value: <Time iso={connection.created_at} /> },
        { label: 'Changed', value: <Time iso={connection.updated_at} /> },
        ...(jagad_changed_at === null ? [] : [{ label: 'Changed in Jagad', value: <Time iso={jagad_changed_at} /> }]),
        { label: 'ID', value: connection.id },
        {
          label: 'Backups',
          value: <PageLink href={`/backups?connection_id=${connection.id}`}>Backups of this server</PageLink>,
        },
      ]}
    />
  );
}

function DeleteConnection({ connection, onDismiss }: { connection: Connection; onDismiss(): void }) {
  const [, navigate] = useLocation();
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/connections/{id}');
  return (
    <ConfirmModal
      title={`Delete ${connection.name}?`}
      submitText="Delete"
      busy={remove.isPending}
      error={remove.error}
      failedText="The connection was not deleted"
      onConfirm={() =>
        remove.mutate(
          { id: connection.id },
          {
            onSuccess: () => {
              tell('success', `The connection ${connection.name} was deleted.`);
              navigate('/connections');
            },
          },
        )
      }
      onDismiss={onDismiss}
    >
      The service forgets this server and its password. The server itself is not changed. A connection that has backups
      cannot be deleted.
    </ConfirmModal>
  );
}
