import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Connection } from '../../../../lib/connections/model.ts';
import { ConnectionFindings } from '../../components/connection-findings.tsx';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { useServerTest } from './use-checks.ts';

/** Tests a server when it is first shown, and shows the result. */
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
      {!isFetching && error === null && data !== undefined && (
        <ConnectionFindings findings={data} username={server.username} />
      )}
    </Container>
  );
}
