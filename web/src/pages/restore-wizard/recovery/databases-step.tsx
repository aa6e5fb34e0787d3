import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Backup } from '../../backups/restorable.ts';
import { ServerDoubt } from '../../backups/server-doubt.tsx';
import { CHOOSE_SERVER, ServerField, type ServerRead, serverProblem } from '../server-field.tsx';
import { ServerTest } from '../server-test.tsx';
import { DatabasesField } from './databases-field.tsx';
import type { RecoveryForm } from './form.ts';

interface DatabasesStepProps {
  backup: Backup;
  doubt: string | undefined;
  form: RecoveryForm;
  server: ServerRead;
  onChange(change: Partial<RecoveryForm>): void;
  /** Whether the user has tried to continue. */
  tried: boolean;
}

/** What to restore from the backup, and the target server. */
export function DatabasesStep({ backup, doubt, form, server, onChange, tried }: DatabasesStepProps) {
  const { connectionId, databases } = form;
  return (
    <SpaceBetween size="l">
      <ServerDoubt doubt={doubt}>{CHOOSE_SERVER}</ServerDoubt>
      <Container
        header={
          <Header variant="h2" description="The backup holds a whole server: choose the databases to restore.">
            Databases
          </Header>
        }
      >
        <DatabasesField {...{ backup, databases, tried }} onChange={(chosen) => onChange({ databases: chosen })} />
      </Container>
      <Container header={<Header variant="h2">Target</Header>}>
        <ServerField
          {...{ backup, doubt, connectionId, server, tried }}
          onChange={(chosen) => onChange({ connectionId: chosen })}
        />
      </Container>
      {server.data !== undefined && serverProblem(server, backup) === undefined && <ServerTest server={server.data} />}
    </SpaceBetween>
  );
}
