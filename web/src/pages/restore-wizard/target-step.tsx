import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Backup } from '../backups/restorable.ts';
import { ServerDoubt } from '../backups/server-doubt.tsx';
import { isOriginal, nameProblem, type RestoreForm } from './form.ts';
import { CHOOSE_SERVER, ServerField, type ServerRead, serverProblem } from './server-field.tsx';
import { ServerTest } from './server-test.tsx';

interface TargetStepProps {
  backup: Backup;
  doubt: string | undefined;
  form: RestoreForm;
  server: ServerRead;
  onChange(change: Partial<RestoreForm>): void;
  /** Whether the user has tried to continue. */
  tried: boolean;
}

/** The target server and database. */
export function TargetStep({ backup, doubt, form, server, onChange, tried }: TargetStepProps) {
  const { connectionId, database } = form;
  const wrongName = nameProblem(database, backup);
  return (
    <SpaceBetween size="l">
      <ServerDoubt doubt={doubt}>{CHOOSE_SERVER}</ServerDoubt>
      <Container header={<Header variant="h2">Target</Header>}>
        <SpaceBetween size="l">
          <ServerField
            {...{ backup, doubt, connectionId, server, tried }}
            onChange={(chosen) => onChange({ connectionId: chosen })}
          />
          <FormField
            label="Database"
            description="It is created if it does not exist yet."
            constraintText={
              isOriginal(form, backup, doubt)
                ? 'This is the original database: the restore overwrites it.'
                : 'An existing database is overwritten.'
            }
            errorText={database === '' && !tried ? undefined : wrongName}
          >
            <Input
              value={database}
              onChange={({ detail }) => onChange({ database: detail.value })}
              spellcheck={false}
              autoComplete="off"
            />
          </FormField>
        </SpaceBetween>
      </Container>
      {server.data !== undefined && serverProblem(server, backup) === undefined && <ServerTest server={server.data} />}
    </SpaceBetween>
  );
}
