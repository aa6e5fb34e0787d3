import { useList } from '../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { PageLink } from '../../components/page-link.tsx';
import { RESTORE_STATUS, Status } from '../../components/status.tsx';
import { Time } from '../../components/times.tsx';
import { durationText } from '../../format/duration.ts';
import { ListPart, TIME_WIDTH } from '../../lists/list-part.tsx';

/** The latest runs of a plan. */
export function PlanRuns({ planId }: { planId: string }) {
  const list = useList(
    'GET /api/recovery-plan-runs',
    { plan_id: planId },
    { refresh: (runs) => (runs.some(({ status }) => status === 'running') ? LIVE_MS : CALM_MS) },
  );
  return (
    <ListPart
      title="Runs"
      noun="runs"
      list={list}
      columns={[
        {
          id: 'started',
          header: 'Started',
          cell: ({ id, dry_run }) => (
            <PageLink href={`/recovery-plan-runs/${id}`}>{dry_run ? 'Dry run' : 'Run'}</PageLink>
          ),
          isRowHeader: true,
        },
        { id: 'time', header: 'Time', cell: ({ started_at }) => <Time iso={started_at} />, minWidth: TIME_WIDTH },
        { id: 'status', header: 'Status', cell: ({ status }) => <Status look={RESTORE_STATUS[status]} /> },
        {
          id: 'duration',
          header: 'Duration',
          cell: ({ duration_ms }) => durationText(duration_ms),
        },
        { id: 'by', header: 'Started by', cell: ({ started_by }) => started_by },
      ]}
      empty="This plan has not run yet. A dry run checks everything and changes nothing."
    />
  );
}
