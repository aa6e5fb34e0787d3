import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { kindsOf, windowAlong } from '../../../../../lib/backups/physical/recovery-window.ts';
import { Loading } from '../../../components/loading.tsx';
import { PartError } from '../../../components/part-error.tsx';
import { PointInTime } from '../../../recovery/point-in-time.tsx';
import { pointProblem } from '../../../recovery/point-problem.ts';
import type { PointKind } from '../../../recovery/recovery-address.ts';
import { TimelineField } from '../../../recovery/timeline-field.tsx';
import { useLaterBackups } from '../../../recovery/use-later-backups.ts';
import { isUndecided, KIND, type RecoveryWindow } from '../../../recovery/window-words.ts';
import { MissingAlert } from '../../backups/details/recovery/missing-alert.tsx';
import { UnreadAlert } from '../../backups/details/recovery/unread-alert.tsx';
import { WindowFacts } from '../../backups/details/recovery/window-facts.tsx';
import type { Backup } from '../../backups/restorable.ts';
import { pointOfForm, type RecoveryForm } from './form.ts';

interface PointStepProps {
  backup: Backup;
  form: RecoveryForm;
  read: { data: RecoveryWindow | undefined; error: unknown; refetch(): unknown };
  onChange(change: Partial<RecoveryForm>): void;
  /** Whether the user has tried to continue. */
  tried: boolean;
}

/** How far to recover the backup. */
export function PointStep({ backup, form, read: { data, error, refetch }, onChange, tried }: PointStepProps) {
  if (data === undefined) {
    if (error === null) return <Loading what="recovery window, which takes a few seconds" />;
    return <PartError error={error} what="The recovery window could not be read" retry={refetch} />;
  }
  const isUnread = isUndecided(data);
  if (!data.complete && !isUnread) return <MissingAlert missing={data.missing} retry={refetch} />;
  const problem = pointProblem(pointOfForm(form), data, form.timeline);
  const along = windowAlong(data, form.timeline ?? data.timeline);
  const targets = isUnread ? (['backup'] as const) : data.targets;
  const isOffered = targets.some((kind) => kind === form.kind);

  function choose(kind: PointKind) {
    const time = form.texts.time ?? along.latest ?? '';
    onChange({ kind, ...(kind === 'time' ? { texts: { ...form.texts, time } } : {}) });
  }

  return (
    <SpaceBetween size="l">
      {isUnread && <UnreadAlert />}
      <Container header={<Header variant="h2">Point</Header>}>
        <SpaceBetween size="l">
          <FormField label="Restore the databases as of" errorText={isOffered ? undefined : problem} stretch>
            <RadioGroup
              value={form.kind}
              onChange={({ detail }) => choose(detail.value as PointKind)}
              items={kindsOf(data.engine, true).map((kind) =>
                targets.some((offered) => offered === kind)
                  ? { value: kind, ...KIND[kind] }
                  : {
                      value: kind,
                      label: KIND[kind].label,
                      description: pointProblem({ kind, text: '' }, data, form.timeline),
                      disabled: true,
                    },
              )}
            />
          </FormField>
          {form.kind !== 'backup' && (
            <TimelineField window={data} value={form.timeline} onChange={(timeline) => onChange({ timeline })} />
          )}
          {isOffered && <PointField {...{ backup, form, onChange, tried, problem }} window={along} />}
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Recovery window</Header>}>
        <WindowFacts window={along} />
      </Container>
    </SpaceBetween>
  );
}

interface PointFieldProps extends Omit<PointStepProps, 'read'> {
  window: RecoveryWindow;
  problem: string | undefined;
}

/** What to say about the chosen kind of point. */
function PointField({ backup, form, window, onChange, tried, problem }: PointFieldProps) {
  const { kind, text } = pointOfForm(form);
  const later = useLaterBackups(backup);
  const setText = (next: string) => onChange({ texts: { ...form.texts, [kind]: next } });
  const error = text === '' && !tried ? undefined : problem;
  if (kind === 'backup') return null;
  if (kind === 'time') {
    const marks = [window.earliest, ...later.map(({ completed_at }) => completed_at)].filter((mark) => mark !== null);
    return <PointInTime window={window} value={text} onChange={setText} error={error} marks={marks} />;
  }
  return (
    <FormField
      label={FIELD[kind].label}
      description="The restore looks for it in the logs after this backup, so choose a backup made before it. If it is not found, the restore fails and the target is not changed."
      constraintText={FIELD[kind].example}
      errorText={error}
    >
      <Input value={text} onChange={({ detail }) => setText(detail.value)} spellcheck={false} autoComplete="off" />
    </FormField>
  );
}

const FIELD = {
  transaction: { label: 'Transaction ID', example: 'As returned by pg_current_xact_id(), for example 742.' },
  name: { label: 'Name of the restore point', example: 'As passed to pg_create_restore_point.' },
  gtid: { label: 'GTID', example: '0-1-100 for MariaDB, uuid:1-5 for MySQL. Separate several with commas.' },
} as const;
