import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useEffect, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { useRead } from '../../../api/queries.ts';
import { pointProblem } from '../../../recovery/point-problem.ts';
import { useRecoveryWindow } from '../../../recovery/use-recovery-window.ts';
import type { Backup } from '../../backups/restorable.ts';
import { ServerDoubt } from '../../backups/server-doubt.tsx';
import { blockOf, withServer } from '../form.ts';
import { PreviewResult } from '../preview-result.tsx';
import { CHECK_SERVER, serverProblem } from '../server-field.tsx';
import { StartError } from '../start-error.tsx';
import { usePreview, useStart } from '../use-checks.ts';
import { DatabasesStep } from './databases-step.tsx';
import {
  addressOf,
  confirmationOf,
  formOf,
  listProblem,
  overwritesOriginal,
  pointOfForm,
  type RecoveryForm,
  requestBody,
  rowProblems,
} from './form.ts';
import { PointStep } from './point-step.tsx';
import { RecoveryConfirm } from './recovery-confirm.tsx';
import { RecoverySummary } from './recovery-summary.tsx';

const [POINT, DATABASES, REVIEW, CONFIRM] = [0, 1, 2, 3] as const;
/** How long after typing the page's address is updated, because browsers refuse too many changes per second. */
const ADDRESS_MS = 300;

interface RecoveryWizardProps {
  backup: Backup;
  /** Why it isn't certain which server the backup comes from: then the user has to choose the target. */
  doubt: string | undefined;
}

/**
 * Leads from a physical backup to restores of some of its databases in four steps: the point, the databases and the
 * target, the review, and the confirmation.
 */
export default function RecoveryWizard({ backup, doubt }: RecoveryWizardProps) {
  const [address, setAddress] = useSearchParams();
  const [, navigate] = useLocation();
  const [chosen, setChosen] = useState<RecoveryForm>(() => formOf(address, backup));
  const form = withServer(chosen, backup, doubt);
  const [step, setStep] = useState<number>(POINT);
  /** The step that the user has tried to leave while it was invalid. */
  const [refused, setRefused] = useState<number>();
  const [typed, setTyped] = useState('');
  const window = useRecoveryWindow(backup);
  const server = useRead('GET /api/connections/{id}', { id: form.connectionId, enabled: form.connectionId !== '' });
  const body = requestBody(form, backup, doubt);
  const preview = usePreview(backup.id, body, step >= REVIEW && form.connectionId !== '');
  const start = useStart(backup.id);

  const block = blockOf({ preview: preview.data, isChecking: preview.isFetching, failed: preview.isError });
  const confirmation = confirmationOf(form, backup, doubt, preview.data, server.data?.name ?? '');
  const isRight = [
    window.data !== undefined && pointProblem(pointOfForm(form), window.data, form.timeline) === undefined,
    listProblem(form.databases) === undefined &&
      rowProblems(form.databases, backup).every(({ from, to }) => from === undefined && to === undefined) &&
      form.connectionId !== '' &&
      server.data !== undefined &&
      serverProblem(server, backup) === undefined,
    block === undefined,
  ];

  // what is known about the backup may have changed since it was chosen
  const isTargetOpen = step > DATABASES && !isRight[DATABASES];

  // biome-ignore lint/correctness/useExhaustiveDependencies: the address follows the form, and nothing else
  useEffect(() => {
    const timer = setTimeout(() => setAddress(addressOf(chosen), { replace: true }), ADDRESS_MS);
    return () => clearTimeout(timer);
  }, [chosen]);

  function change(next: Partial<RecoveryForm>) {
    setChosen((now) => ({ ...now, ...next }));
    start.reset();
    // the typed text confirmed another target
    if (next.connectionId !== undefined || next.databases !== undefined) setTyped('');
  }

  function goTo(requested: number) {
    if (requested > step && isTargetOpen) return backToTarget();
    if (requested > step && !isRight[step]) return setRefused(step);
    setRefused(undefined);
    // an earlier step may have become invalid, so none is skipped
    setStep(Math.min(requested, step + 1));
  }

  function backToTarget() {
    setStep(DATABASES);
    setRefused(DATABASES);
  }

  function submit() {
    if (start.isPending) return;
    if (isTargetOpen) return backToTarget();
    if (block !== undefined || (confirmation !== undefined && typed !== confirmation.name)) return setRefused(CONFIRM);
    start.mutate(body, { onSuccess: ({ id }) => navigate(`/restores/${id}`) });
  }

  const of = { backup, doubt, form, onChange: change };
  const target =
    preview.data && `${preview.data.target.name} (${preview.data.target.host}:${preview.data.target.port})`;
  const timelines = window.data?.timelines ?? [];
  const followed = timelines.length > 1 ? (form.timeline ?? window.data?.timeline) : undefined;
  const summary = (
    <RecoverySummary backup={backup} form={form} timeline={followed} server={target ?? server.data?.name ?? '–'} />
  );
  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={({ detail }) => goTo(detail.requestedStepIndex)}
      onCancel={() => navigate(`/backups/${backup.id}`)}
      onSubmit={submit}
      submitButtonText="Start restore"
      isLoadingNextStep={step >= REVIEW && (preview.isFetching || start.isPending)}
      steps={[
        {
          title: 'Choose the point',
          description: 'The point in time to restore the backup and the server’s logs to.',
          content: <PointStep {...{ backup, form }} onChange={change} read={window} tried={refused === POINT} />,
          errorText: refused === POINT && window.data === undefined && 'Wait until the recovery window is loaded.',
        },
        {
          title: 'Choose databases and target',
          description: 'The databases to restore from the backup, and the server to restore them to.',
          content: <DatabasesStep {...of} server={server} tried={refused === DATABASES} />,
        },
        {
          title: 'Review',
          description: 'What will be restored, and how that changes the target. Nothing has been changed yet.',
          content: (
            <SpaceBetween size="l">
              <ServerDoubt doubt={doubt}>{CHECK_SERVER}</ServerDoubt>
              {summary}
              <PreviewResult {...preview} said={doubt} />
            </SpaceBetween>
          ),
          errorText: refused === REVIEW ? block : undefined,
        },
        {
          title: 'Confirm',
          description: 'The restore starts when you confirm here. You can cancel it while it runs.',
          content: (
            <SpaceBetween size="l">
              <ServerDoubt doubt={doubt}>{CHECK_SERVER}</ServerDoubt>
              {summary}
              <RecoveryConfirm
                names={form.databases.map(({ to }) => to)}
                isOriginal={overwritesOriginal(form, backup, doubt)}
                {...{ confirmation, typed }}
                onType={setTyped}
                tried={refused === CONFIRM}
              />
            </SpaceBetween>
          ),
          errorText:
            refused === CONFIRM && block !== undefined ? block : start.error && <StartError error={start.error} />,
        },
      ]}
    />
  );
}
