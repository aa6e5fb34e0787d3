import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { useRead } from '../../api/queries.ts';
import { Time } from '../../components/times.tsx';
import { useSession } from '../../session/session.tsx';
import { type Backup, madeAt } from '../backups/restorable.ts';
import { ConfirmStep } from './confirm-step.tsx';
import {
  addressOf,
  blockOf,
  formOf,
  nameProblem,
  nameToType,
  type RestoreForm,
  requestBody,
  unfit,
  withServer,
} from './form.ts';
import { ReviewStep } from './review-step.tsx';
import { StartError } from './start-error.tsx';
import { TargetStep } from './target-step.tsx';
import { usePreview, useStart } from './use-checks.ts';

const [TARGET, REVIEW, CONFIRM] = [0, 1, 2] as const;

interface RestoreWizardProps {
  backup: Backup;
  /** Why it isn't certain which server the backup comes from: then the user has to choose the target. */
  doubt: string | undefined;
}

/** Leads from a backup to a restore in three steps: target, review, confirmation. */
export function RestoreWizard({ backup, doubt }: RestoreWizardProps) {
  const [address, setAddress] = useSearchParams();
  const [, navigate] = useLocation();
  const role = useSession().user?.role ?? 'viewer';
  const [chosen, setChosen] = useState<RestoreForm>(() => formOf(address, backup, role));
  const form = withServer(chosen, backup, doubt);
  const [step, setStep] = useState<number>(TARGET);
  /** The step that the user has tried to leave while it was invalid. */
  const [refused, setRefused] = useState<number>();
  const [typed, setTyped] = useState('');
  const server = useRead('GET /api/connections/{id}', { id: form.connectionId, enabled: form.connectionId !== '' });
  const body = requestBody(form, backup, doubt);
  const preview = usePreview(backup.id, body, step >= REVIEW && form.connectionId !== '');
  const start = useStart(backup.id);

  const check = { preview: preview.data, isChecking: preview.isFetching, failed: preview.isError };
  const block = blockOf(check);
  const name = nameToType(form, backup, doubt, preview.data);
  const isTargetRight =
    form.connectionId !== '' &&
    server.data !== undefined &&
    unfit(server.data, backup) === undefined &&
    nameProblem(form.database, backup) === undefined;

  function change(next: Partial<RestoreForm>) {
    setChosen((now) => ({ ...now, ...next }));
    start.reset();
    // the typed text confirmed another target
    if (next.connectionId !== undefined || next.database !== undefined) setTyped('');
  }

  function goTo(requested: number) {
    if (requested > step && !isTargetRight) return backToTarget();
    if (requested > step && step === REVIEW && block !== undefined) return setRefused(REVIEW);
    setRefused(undefined);
    setAddress(addressOf(chosen), { replace: true });
    // an earlier step may have another target now, so none is skipped
    setStep(Math.min(requested, step + 1));
  }

  function backToTarget() {
    setStep(TARGET);
    setRefused(TARGET);
  }

  function submit() {
    if (start.isPending) return;
    // what is known about the backup may have changed in the meantime
    if (!isTargetRight) return backToTarget();
    if (block !== undefined || (name !== undefined && typed !== name)) return setRefused(CONFIRM);
    start.mutate(body, { onSuccess: ({ id }) => navigate(`/restores/${id}`) });
  }

  const of = { backup, doubt, form, onChange: change };
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
          title: 'Choose the target',
          description: (
            <>
              Where to restore the backup of {backup.database_name}, made <Time iso={madeAt(backup)} />.
            </>
          ),
          content: <TargetStep {...of} server={server} tried={refused === TARGET} />,
        },
        {
          title: 'Review',
          description: 'What will be restored, and how that changes the target. Nothing has been changed yet.',
          content: <ReviewStep {...of} preview={preview} />,
          errorText: refused === REVIEW ? block : undefined,
        },
        {
          title: 'Confirm',
          description: 'The restore starts when you confirm here. You can cancel it while it runs.',
          content: (
            <ConfirmStep
              {...{ backup, doubt, form }}
              preview={preview.data}
              name={name}
              typed={typed}
              onType={setTyped}
              tried={refused === CONFIRM}
            />
          ),
          errorText:
            refused === CONFIRM && block !== undefined ? block : start.error && <StartError error={start.error} />,
        },
      ]}
    />
  );
}
