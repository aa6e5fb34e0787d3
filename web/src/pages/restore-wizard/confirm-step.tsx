import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Preview } from '../../../../lib/backups/schemas.ts';
import { Time } from '../../components/times.tsx';
import { type Backup, madeAt } from '../backups/restorable.ts';
import { ServerDoubt } from '../backups/server-doubt.tsx';
import { ConfirmName } from './confirm-name.tsx';
import { isOriginal, type RestoreForm } from './form.ts';
import { overwrittenWords } from './overwritten-words.ts';
import { VERIFY_MODES } from './review-step.tsx';
import { CHECK_SERVER } from './server-field.tsx';

interface ConfirmStepProps {
  backup: Backup;
  doubt: string | undefined;
  form: RestoreForm;
  preview: Preview | undefined;
  /** The text to type; undefined if there is none. */
  name: string | undefined;
  typed: string;
  onType(text: string): void;
  /** Whether the user has tried to start with a wrong text. */
  tried: boolean;
}

/** What will happen, and the text to type to confirm it. */
export function ConfirmStep({ backup, doubt, form, preview, name, typed, onType, tried }: ConfirmStepProps) {
  const server = preview ? `${preview.target.name} (${preview.target.host}:${preview.target.port})` : '–';
  return (
    <SpaceBetween size="l">
      <ServerDoubt doubt={doubt}>{CHECK_SERVER}</ServerDoubt>
      <Container header={<Header variant="h2">Summary</Header>}>
        <KeyValuePairs
          columns={3}
          minColumnWidth={200}
          items={[
            { label: 'Backup of', value: backup.database_name },
            { label: 'Made', value: <Time iso={madeAt(backup)} /> },
            { label: 'Verification', value: VERIFY_MODES[form.verify].label },
            { label: 'Target server', value: server },
            { label: 'Target database', value: form.database },
            { label: 'What is overwritten', value: preview === undefined ? '–' : overwrittenWords(preview) },
          ]}
        />
      </Container>
      {name === undefined ? (
        <Alert type="info" header={`The database ${form.database} will be created`}>
          It does not exist yet, so nothing is overwritten.
        </Alert>
      ) : (
        <ConfirmName
          title="Overwrite the database"
          warning={
            isOriginal(form, backup, doubt)
              ? `This overwrites the original database ${name}`
              : `This overwrites the database ${name}`
          }
          of="database"
          {...{ name, typed, onType, tried }}
        />
      )}
    </SpaceBetween>
  );
}
