import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { useList } from '../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { PageLink } from '../../components/page-link.tsx';
import { PartError } from '../../components/part-error.tsx';
import { RESTORE_STATUS, Status } from '../../components/status.tsx';
import { Time } from '../../components/times.tsx';
import { formatDuration } from '../../format/duration.ts';

/** The latest runs of a plan. */
export function PlanRuns({ planId }: { planId: string }) {
  const list = useList(
    'GET /api/recovery-plan-runs',
    { plan_id: planId },
    { refresh: (runs) => (runs.some(({ status }) => status === 'running') ? LIVE_MS : CALM_MS) },
  );
  return (
    <Container header={<Header variant="h2">Runs</Header>}>
      {list.error ? (
        <PartError error={list.error} what="The runs could not be loaded" retry={list.refetch} />
      ) : (
        <Table
          variant="embedded"
          wrapLines
          loading={list.isPending}
          loadingText="Loading runs"
          items={list.items ?? []}
          trackBy="id"
          ariaLabels={{ tableLabel: 'Runs' }}
          empty="This plan has not run yet. A dry run checks everything and changes nothing."
          columnDefinitions={[
            {
              id: 'started',
              header: 'Started',
              cell: ({ id, dry_run }) => (
                <PageLink href={`/recovery-plan-runs/${id}`}>{dry_run ? 'Dry run' : 'Run'}</PageLink>
              ),
              isRowHeader: true,
            },
            { id: 'time', header: 'Time', cell: ({ started_at }) => <Time iso={started_at} />, minWidth: 190 },
            { id: 'status', header: 'Status', cell: ({ status }) => <Status look={RESTORE_STATUS[status]} /> },
            {
              id: 'duration',
              header: 'Duration',
              cell: ({ duration_ms }) => (duration_ms === null ? '–' : formatDuration(duration_ms)),
            },
            { id: 'by', header: 'Started by', cell: ({ started_by }) => started_by },
          ]}
        />
      )}
    </Container>
  );
}
