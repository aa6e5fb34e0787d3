import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Steps from '@cloudscape-design/components/steps';
import type { AnswerOf } from '../../../../lib/api/routes.ts';
import { useRead } from '../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Time } from '../../components/times.tsx';
import { Took } from '../../restores/duration.tsx';

type Step = AnswerOf<'GET /api/restores/{id}/steps'>['steps'][number];

const LOOK: Record<Step['status'], { type: StatusIndicatorProps.Type; text: string }> = {
  running: { type: 'in-progress', text: 'Running' },
  success: { type: 'success', text: 'Done' },
  failed: { type: 'error', text: 'Failed' },
  cancelled: { type: 'stopped', text: 'Cancelled' },
};

/** The steps of the execution, with the names that the console's execution view shows. */
export function ExecutionSteps({ restoreId, running }: { restoreId: string; running: boolean }) {
  const { data, error, refetch } = useRead('GET /api/restores/{id}/steps', {
    id: restoreId,
    refresh: () => (running ? LIVE_MS : CALM_MS),
  });
  const consoleLink = data?.console_url && (
    <Link href={data.console_url} external externalIconAriaLabel="Opens in a new tab">
      Open in the AWS console
    </Link>
  );
  return (
    <Container
      header={
        <Header variant="h2" actions={consoleLink}>
          Steps
        </Header>
      }
    >
      {data !== undefined ? (
        <StepList steps={data.steps} running={running} />
      ) : error === null ? (
        <StatusIndicator type="loading">Loading steps</StatusIndicator>
      ) : (
        <ErrorAlert
          error={error}
          what="The steps could not be loaded"
          action={<Button onClick={() => refetch()}>Try again</Button>}
        />
      )}
    </Container>
  );
}

function StepList({ steps, running }: { steps: readonly Step[]; running: boolean }) {
  if (steps.length === 0) {
    return (
      <Box color="text-body-secondary">
        {running
          ? 'The execution has not started yet.'
          : 'The history of this execution has expired. The log is still available.'}
      </Box>
    );
  }
  return (
    <Steps
      ariaLabel="Steps of the execution"
      steps={steps.map((step) => ({
        status: LOOK[step.status].type,
        statusIconAriaLabel: LOOK[step.status].text,
        header: step.name,
        details: <StepTimes step={step} />,
      }))}
    />
  );
}

function StepTimes({ step: { status, started_at, ended_at } }: { step: Step }) {
  return (
    <Box color="text-body-secondary" fontSize="body-s">
      {LOOK[status].text}, <Took since={started_at} until={ended_at} />
      <br />
      <Time iso={started_at} />
    </Box>
  );
}
