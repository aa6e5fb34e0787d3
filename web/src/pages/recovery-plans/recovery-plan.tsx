import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import type { RecoveryPlan } from '../../../../lib/plans/model.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { useMay } from '../../session/use-may.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { EntriesTable } from './entries-table.tsx';
import { PlanRuns } from './plan-runs.tsx';
import { triggersText } from './plan-words.ts';

export default function RecoveryPlanPage() {
  const { id } = useParams<{ id: string }>();
  // read the plan again: its current version runs, so the user must not confirm an hour-old one
  const read = useRead('GET /api/recovery-plans/{id}', { id, refresh: () => CALM_MS });
  const list = { href: '/recovery-plans', text: 'All recovery plans' };
  return (
    <Loaded read={read} what="recovery plan" title="Recovery plan" list={list}>
      {(plan) => <Details plan={plan} />}
    </Loaded>
  );
}

function Details({ plan }: { plan: RecoveryPlan }) {
  const { id, name, groups, triggers, enabled, on_failure } = plan;
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState<'run' | 'delete'>();
  const mayEdit = useMay('PUT /api/recovery-plans/{id}');
  const mayDelete = useMay('DELETE /api/recovery-plans/{id}');
  const mayRun = useMay('POST /api/recovery-plans/{id}/run');
  const run = useChange('POST /api/recovery-plans/{id}/run');
  const dryRun = useChange('POST /api/recovery-plans/{id}/dry-run');
  const watch = { onSuccess: (started: { id: string }) => navigate(`/recovery-plan-runs/${started.id}`) };
  const restores = groups.flat().length;

  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={enabled ? triggersText(triggers) : 'Switched off: manual start only'}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                disabled={!mayDelete.allowed}
                disabledReason={mayDelete.reason}
                onClick={() => setAsking('delete')}
              >
                Delete
              </Button>
              <Button
                disabled={!mayEdit.allowed}
                disabledReason={mayEdit.reason}
                onClick={() => navigate(`/recovery-plans/${id}/edit`)}
              >
                Edit
              </Button>
              <Button
                disabled={!mayRun.allowed}
                disabledReason={mayRun.reason}
                loading={dryRun.isPending}
                onClick={() => dryRun.mutate({ id, body: {} }, watch)}
              >
                Dry run
              </Button>
              <Button
                variant="primary"
                disabled={!mayRun.allowed}
                disabledReason={mayRun.reason}
                onClick={() => setAsking('run')}
              >
                Run
              </Button>
            </SpaceBetween>
          }
        >
          {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {dryRun.error !== null && <ErrorAlert error={dryRun.error} what="The dry run did not start" />}
        <Alert type="info">
          Groups run one after another; the restores in a group run in parallel.{' '}
          {on_failure === 'stop'
            ? 'After a failure, the following groups are skipped.'
            : 'The other restores continue.'}
        </Alert>
        {groups.map((entries, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the position in the plan identifies a group
          <Container key={index} header={<Header variant="h2">Group {index + 1}</Header>}>
            <EntriesTable title={`Group ${index + 1}`} entries={entries} />
          </Container>
        ))}
        <PlanRuns planId={id} />
      </SpaceBetween>
      {asking === 'delete' && <DeletePlan plan={plan} onDismiss={() => setAsking(undefined)} />}
      {asking === 'run' && (
        <ConfirmModal
          title={`Run ${name}?`}
          toType={name}
          submitText="Run"
          busy={run.isPending}
          error={run.error}
          failedText="The plan did not start"
          onConfirm={() => run.mutate({ id, body: {} }, watch)}
          onDismiss={() => setAsking(undefined)}
        >
          {restores === 1 ? 'One database is' : `${restores} databases are`} overwritten. What was written to them since
          their backups were made is lost.
        </ConfirmModal>
      )}
    </ContentLayout>
  );
}

function DeletePlan({ plan: { id, name }, onDismiss }: { plan: RecoveryPlan; onDismiss(): void }) {
  const [, navigate] = useLocation();
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/recovery-plans/{id}');
  const onSuccess = () => {
    tell('success', `The recovery plan ${name} was deleted.`);
    navigate('/recovery-plans');
  };
  return (
    <ConfirmModal
      title={`Delete ${name}?`}
      submitText="Delete"
      busy={remove.isPending}
      error={remove.error}
      failedText="The recovery plan was not deleted"
      onConfirm={() => remove.mutate({ id }, { onSuccess })}
      onDismiss={onDismiss}
    >
      Nothing can start it any more. A run in progress continues, and the records of its runs stay.
    </ConfirmModal>
  );
}
