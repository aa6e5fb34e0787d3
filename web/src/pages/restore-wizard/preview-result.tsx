import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Preview } from '../../../../lib/backups/schemas.ts';
import { ErrorAlert, wordsOf } from '../../components/error-alert.tsx';
import { sentence } from '../../format/sentence.ts';
import { PreviewFacts } from './preview-facts.tsx';
import { PreviewTables } from './preview-tables.tsx';

interface PreviewResultProps {
  data: Preview | undefined;
  error: unknown;
  isFetching: boolean;
  refetch(): unknown;
  /** Sentences that the page already shows, so that they aren't shown again. */
  said: string | undefined;
}

/** What the service found when it checked the target, blockers first. */
export function PreviewResult({ data, error, isFetching, refetch, said }: PreviewResultProps) {
  const again = (
    <Button loading={isFetching} loadingText="Checking the target" onClick={() => refetch()}>
      Check again
    </Button>
  );
  return (
    <Container
      header={
        <Header variant="h2" actions={again}>
          What the restore will do
        </Header>
      }
    >
      {isFetching && (
        <StatusIndicator type="loading">
          Checking the backup and the target, which takes up to 15 seconds
        </StatusIndicator>
      )}
      {!isFetching && error !== null && <ErrorAlert error={error} what="The target could not be checked" />}
      {!isFetching && error === null && data !== undefined && (
        <SpaceBetween size="l">
          <Lines type="error" header="This restore is blocked" lines={data.obstacles} />
          <Lines type="warning" header="Warnings" lines={data.warnings.filter((line) => sentence(line) !== said)} />
          {data.obstacles.length === 0 && <StatusIndicator type="success">No blockers found</StatusIndicator>}
          <PreviewFacts preview={data} />
          <PreviewTables preview={data} />
        </SpaceBetween>
      )}
    </Container>
  );
}

function Lines({ type, header, lines }: { type: 'error' | 'warning'; header: string; lines: readonly string[] }) {
  if (lines.length === 0) return null;
  const [first] = lines;
  return (
    <Alert type={type} header={header}>
      {lines.length === 1 ? (
        wordsOf(first).message
      ) : (
        <ul>
          {lines.map((line) => (
            <li key={line}>{wordsOf(line).message}</li>
          ))}
        </ul>
      )}
    </Alert>
  );
}
