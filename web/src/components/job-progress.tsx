import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useRead } from '../api/queries.ts';
import { LIVE_MS } from '../api/refresh-interval.ts';
import { ErrorAlert } from './error-alert.tsx';
import { countsOf, type Job } from './job-counts.ts';
import { Loading } from './loading.tsx';
import { JOB_STATUS, Status } from './status.tsx';
import { Time } from './times.tsx';

/** A job's progress, and that of the job that follows it. */
export function JobProgress({ id }: { id: string }) {
  const job = useRead('GET /api/jobs/{id}', {
    id,
    refresh: (data) => (data === undefined || data.status === 'running' ? LIVE_MS : false),
  });
  if (job.data === undefined) {
    if (job.error === null) return <Loading what="job" />;
    const again = <Button onClick={() => job.refetch()}>Try again</Button>;
    return <ErrorAlert error={job.error} what="The job could not be loaded" action={again} />;
  }
  const { follow_up } = job.data;
  return (
    <SpaceBetween size="l">
      <Counted job={job.data} />
      {follow_up !== null && (
        <SpaceBetween size="s">
          <Header variant="h3">Verification of the new backups</Header>
          <JobProgress id={follow_up} />
        </SpaceBetween>
      )}
    </SpaceBetween>
  );
}

function Counted({ job }: { job: Job }) {
  return (
    <SpaceBetween size="m">
      {job.error !== null && <ErrorAlert error={job.error} what="The job failed" />}
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Status', value: <Status look={JOB_STATUS[job.status]} /> },
          { label: 'Started', value: <Time iso={job.created_at} /> },
          { label: 'Ended', value: <Time iso={job.completed_at} /> },
          ...countsOf(job).map(({ label, value }) => ({ label, value: value.toLocaleString('en') })),
        ]}
      />
      {job.skipped.length > 0 && <Skipped skipped={job.skipped} />}
    </SpaceBetween>
  );
}

function Skipped({ skipped }: { skipped: Job['skipped'] }) {
  return (
    <Table
      variant="embedded"
      wrapLines
      items={skipped}
      trackBy={({ connection_name, reason }) => `${connection_name}: ${reason}`}
      header={
        <Header variant="h3" description="Add connections with these names, or follow the hints, then scan again.">
          Skipped backups
        </Header>
      }
      ariaLabels={{ tableLabel: 'Skipped backups' }}
      columnDefinitions={[
        { id: 'name', header: 'Connection', cell: ({ connection_name }) => connection_name, isRowHeader: true },
        { id: 'objects', header: 'Backups', cell: ({ objects }) => objects.toLocaleString('en') },
        { id: 'reason', header: 'Why', cell: ({ reason }) => reason },
      ]}
    />
  );
}
