import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from 'wouter';
import type { AnswerOf } from '../../../../lib/api/routes.ts';
import type { RunEntry } from '../../../../lib/plans/model.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { LIVE_MS } from '../../api/refresh-interval.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { type Look, RESTORE_STATUS, Status } from '../../components/status.tsx';
import { Time } from '../../components/times.tsx';
import { durationText } from '../../format/duration.ts';
import { sentence } from '../../format/sentence.ts';
import { useMay } from '../../session/use-may.ts';
import { EntriesTable } from './entries-table.tsx';
import { outcomeText } from './plan-words.ts';

type Run = AnswerOf<'GET /api/recovery-plan-runs/{id}'>;

const ENTRY_STATUS: Record<RunEntry['status'], Look> = {
  ...RESTORE_STATUS,
  pending: { type: 'pending', text: 'Waiting' },
  success: { type: 'success', text: 'Done' },
  skipped: { type: 'stopped', text: 'Skipped' },
};

export default function PlanRunPage() {
  const { id } = useParams<{ id: string }>();
  const read = useRead('GET /api/recovery-plan-runs/{id}', {
    id,
    refresh: (run) => (run?.status === 'running' ? LIVE_MS : false),
  });
  const list = { href: '/recovery-plans', text: 'All recovery plans' };
  return (
    <Loaded read={read} what="run" title="Run of a recovery plan" list={list}>
      {(run) => <Details run={run} />}
    </Loaded>
  );
}

function Details({ run }: { run: Run }) {
  const mayCancel = useMay('POST /api/recovery-plan-runs/{id}/cancel');
  const cancel = useChange('POST /api/recovery-plan-runs/{id}/cancel');
  const groups = Map.groupBy(run.entries, ({ group }) => group);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            run.status === 'running' && (
              <Button
                disabled={!mayCancel.allowed || run.cancelled_by !== null}
                disabledReason={
                  mayCancel.reason ?? `${run.cancelled_by} has cancelled this run: wait until it has stopped.`
                }
                loading={cancel.isPending}
                onClick={() => cancel.mutate({ id: run.id, body: {} })}
              >
                Cancel run
              </Button>
            )
          }
        >
          {run.dry_run ? 'Dry run of' : 'Run of'} {run.plan_name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {cancel.error !== null && <ErrorAlert error={cancel.error} what="The run was not cancelled" />}
        {run.error !== null && (
          <Alert
            type={run.status === 'cancelled' ? 'warning' : 'error'}
            header={run.status === 'cancelled' ? 'The run was cancelled' : 'The run failed'}
          >
            {sentence(run.error.message)}
            {run.error.hint !== undefined && <div>{run.error.hint}</div>}
          </Alert>
        )}
        <Container header={<Header variant="h2">Details</Header>}>
          <KeyValuePairs
            columns={4}
            minColumnWidth={160}
            items={[
              { label: 'Status', value: <Status look={RESTORE_STATUS[run.status]} /> },
              { label: 'Plan', value: <PageLink href={`/recovery-plans/${run.plan_id}`}>{run.plan_name}</PageLink> },
              { label: 'Started', value: <Time iso={run.started_at} /> },
              { label: 'Ended', value: <Time iso={run.completed_at} /> },
              { label: 'Duration', value: durationText(run.duration_ms) },
              { label: 'Started by', value: run.started_by },
            ]}
          />
        </Container>
        {[...groups].map(([group, entries]) => (
          <Container key={group} header={<Header variant="h2">Group {group + 1}</Header>}>
            <EntriesTable<RunEntry>
              title={`Group ${group + 1}`}
              entries={entries}
              more={[
                { id: 'status', header: 'Status', cell: EntryStatus, minWidth: 120 },
                {
                  id: 'duration',
                  header: 'Duration',
                  cell: ({ duration_ms }) => durationText(duration_ms),
                  minWidth: 100,
                },
                { id: 'outcome', header: 'Result', cell: outcomeText, minWidth: 200 },
              ]}
            />
          </Container>
        ))}
      </SpaceBetween>
    </ContentLayout>
  );
}

function EntryStatus({ status, restore_id }: RunEntry) {
  const { type, text } = ENTRY_STATUS[status];
  const link = restore_id === null ? text : <PageLink href={`/restores/${restore_id}`}>{text}</PageLink>;
  return <Status look={{ type, text: link }} />;
}
