import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Preview } from '../../../../lib/backups/schemas.ts';
import { skipRefusals, type VerifyMode } from '../../../../lib/restores/request.ts';
import { useSession } from '../../session/session.tsx';
import type { Backup } from '../backups/restorable.ts';
import { ServerDoubt } from '../backups/server-doubt.tsx';
import { BackupSummary } from './backup-summary.tsx';
import type { RestoreForm } from './form.ts';
import { PreviewResult } from './preview-result.tsx';
import { CHECK_SERVER } from './server-field.tsx';

export const VERIFY_MODES: Record<VerifyMode, { label: string; description: string }> = {
  always: {
    label: 'Verify the backup first',
    description: 'Reads and checks the whole backup before the target is touched.',
  },
  recent: {
    label: 'Trust a verification from the last 24 hours',
    description:
      'Faster. The backup is still verified first if no verification passed or the object has changed since.',
  },
  skip: {
    label: 'Do not verify',
    description: 'Damage in the backup may only be found after the target has changed. Administrators only.',
  },
};

interface ReviewStepProps {
  backup: Backup;
  doubt: string | undefined;
  form: RestoreForm;
  onChange(change: Partial<RestoreForm>): void;
  preview: { data: Preview | undefined; error: unknown; isFetching: boolean; refetch(): unknown };
}

/** What will be restored, what is checked first, and what the restore does to the target. */
export function ReviewStep({ backup, doubt, form, onChange, preview }: ReviewStepProps) {
  const role = useSession().user?.role ?? 'viewer';
  const modes = Object.entries(VERIFY_MODES) as [VerifyMode, (typeof VERIFY_MODES)[VerifyMode]][];
  return (
    <SpaceBetween size="l">
      <ServerDoubt doubt={doubt}>{CHECK_SERVER}</ServerDoubt>
      <BackupSummary backup={backup} />
      <Container header={<Header variant="h2">Verification</Header>}>
        <SpaceBetween size="m">
          <FormField label="Before the target is touched" stretch>
            <RadioGroup
              value={form.verify}
              onChange={({ detail }) => onChange({ verify: detail.value as VerifyMode })}
              items={modes.map(([value, words]) => ({
                value,
                ...words,
                disabled: skipRefusals(value, role).length > 0,
              }))}
            />
          </FormField>
          {form.verify === 'skip' && (
            <Alert type="warning" header="A damaged backup would destroy the target">
              Without verification, a damaged backup would be found only mid-restore, after the target's data is gone.
            </Alert>
          )}
        </SpaceBetween>
      </Container>
      <PreviewResult {...preview} said={doubt} />
    </SpaceBetween>
  );
}
