import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Connection } from '../../../../lib/domain/records.ts';
import type { ConnectionTest } from '../../../../lib/domain/requests/connections.ts';
import { ErrorAlert, wordsOf } from '../../components/error-alert.tsx';
import { DB_TYPE } from '../../components/status.tsx';
import { RightsList } from './rights-list.tsx';
import { useServerTest } from './use-checks.ts';

/** Tests a server at once, and says what was found. */
export function ServerTest({ server }: { server: Connection }) {
  const { data, error, isFetching, refetch } = useServerTest(server.id);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button loading={isFetching} loadingText="Testing the server" onClick={() => refetch()}>
              Test again
            </Button>
          }
        >
          Test of {server.name}
        </Header>
      }
    >
      {isFetching && (
        <StatusIndicator type="loading">
          Logging in at {server.host}:{server.port}
        </StatusIndicator>
      )}
      {!isFetching && error !== null && <ErrorAlert error={error} what="The server could not be tested" />}
      {!isFetching && error === null && data?.ok === false && <LoginFailed test={data} />}
      {!isFetching && error === null && data?.ok && <Findings test={data} server={server} />}
    </Container>
  );
}

function LoginFailed({ test: { error, hint } }: { test: ConnectionTest }) {
  return (
    <Alert type="error" header="A restore cannot reach this server">
      {wordsOf(error ?? 'The login failed').message}
      {hint !== null && <div>{hint}</div>}
    </Alert>
  );
}

function Findings({ test, server }: { test: ConnectionTest; server: Connection }) {
  return (
    <SpaceBetween size="m">
      <KeyValuePairs
        columns={3}
        minColumnWidth={200}
        items={[
          { label: 'Login', value: <StatusIndicator type="success">{server.username} is let in</StatusIndicator> },
          { label: 'Version', value: `${DB_TYPE[server.db_type]} ${test.server_version ?? 'of an unknown version'}` },
          {
            label: 'Encryption of the connection',
            value:
              test.tls === null ? (
                <StatusIndicator type="warning">Not encrypted</StatusIndicator>
              ) : (
                <StatusIndicator type="success">{test.tls}</StatusIndicator>
              ),
          },
        ]}
      />
      <RightsList rights={test.rights} user={server.username} />
    </SpaceBetween>
  );
}
