import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { PageLink } from '../../components/page-link.tsx';
import type { ImportAnswer } from './import-lists.ts';
import { JobProgress } from './job-progress.tsx';

export function ImportResult({ answer }: { answer: ImportAnswer }) {
  const { connections, backups, skipped, verification_job } = answer;
  return (
    <Container header={<Header variant="h2">Result</Header>}>
      <SpaceBetween size="l">
        {backups.left > 0 ? (
          <StatusIndicator type="warning">Not all backups were reached: import the same files again.</StatusIndicator>
        ) : (
          <StatusIndicator type="success">Imported</StatusIndicator>
        )}
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'New connections', value: connections.created },
            { label: 'Connections known already', value: connections.known },
            { label: 'New backups', value: backups.created },
            { label: 'Backups completed', value: backups.filled },
            { label: 'Backups known already', value: backups.known },
            ...(backups.left > 0 ? [{ label: 'Backups not reached', value: backups.left }] : []),
            { label: 'Next', value: <PageLink href="/backups">See the backups</PageLink> },
          ]}
        />
        {skipped.length > 0 && <Skipped skipped={skipped} />}
        {verification_job !== null && (
          <SpaceBetween size="s">
            <Header variant="h3">Verification of the new backups</Header>
            <JobProgress id={verification_job} />
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Skipped({ skipped }: Pick<ImportAnswer, 'skipped'>) {
  return (
    <Table
      variant="embedded"
      wrapLines
      items={skipped}
      header={
        <Header variant="h3" counter={`(${skipped.length})`}>
          Not taken, or not as Jagad tells them
        </Header>
      }
      ariaLabels={{ tableLabel: 'Backups that were not taken, or not as Jagad tells them' }}
      columnDefinitions={[
        { id: 'id', header: 'Backup', cell: ({ id }) => id, isRowHeader: true },
        { id: 'reason', header: 'Why', cell: ({ reason }) => reason },
      ]}
    />
  );
}
