import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Connection } from '../../../../lib/domain/records.ts';
import { useList } from '../../api/queries.ts';
import { wordsOf } from '../../components/error-alert.tsx';
import { DB_TYPE } from '../../components/status.tsx';
import type { Backup } from '../backups/restorable.ts';
import { isOriginal, nameProblem, type RestoreForm, unfit } from './form.ts';
import { ServerTest } from './server-test.tsx';

/** The most that the API gives at once. */
const LIMIT = 200;

interface TargetStepProps {
  backup: Backup;
  form: RestoreForm;
  /** The chosen server, as it is read. */
  server: { data: Connection | undefined; error: unknown };
  onChange(change: Partial<RestoreForm>): void;
  /** Whether somebody wanted to go on. */
  tried: boolean;
}

/** Which server, and which database there. */
export function TargetStep({ backup, form, server, onChange, tried }: TargetStepProps) {
  const { connectionId, database } = form;
  const list = useList('GET /api/connections', { limit: LIMIT });
  const others = (list.items ?? []).filter(({ id }) => id !== server.data?.id);
  const servers = [...(server.data ? [server.data] : []), ...others];
  const options = servers
    .map((one) => optionOf(one, backup))
    .toSorted((a, b) => a.rank - b.rank || a.label.localeCompare(b.label));
  const wrongServer = server.data
    ? unfit(server.data, backup)
    : server.error
      ? wordsOf(server.error).message
      : undefined;
  const wrongName = nameProblem(database, backup);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Target</Header>}>
        <SpaceBetween size="l">
          <FormField
            label="Server"
            description={`Only servers that run ${DB_TYPE[backup.db_type]} can take this backup.`}
            errorText={
              wrongServer !== undefined
                ? `${wrongServer} Choose another server.`
                : tried && server.data === undefined && 'Wait until the server is loaded.'
            }
          >
            <Select
              selectedOption={options.find(({ value }) => value === connectionId) ?? { value: connectionId }}
              options={options}
              onChange={({ detail }) => onChange({ connectionId: detail.selectedOption.value ?? connectionId })}
              triggerVariant="option"
              filteringType="auto"
              filteringAriaLabel="Search servers"
              statusType={
                list.error ? 'error' : list.isFetching ? 'loading' : list.hasNextPage ? 'pending' : 'finished'
              }
              loadingText="Loading servers"
              errorText="The servers could not be loaded."
              onLoadItems={() => (list.error ? list.refetch() : list.hasNextPage && list.fetchNextPage())}
            />
          </FormField>
          <FormField
            label="Database"
            description="It is created where it is not there yet."
            constraintText={
              isOriginal(form, backup)
                ? 'This is the original database: the restore overwrites it.'
                : 'A database that is there already is overwritten.'
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
      {server.data !== undefined && wrongServer === undefined && <ServerTest server={server.data} />}
    </SpaceBetween>
  );
}

/** The original one comes first, those that cannot be chosen last. */
function optionOf(server: Connection, backup: Backup) {
  const reason = unfit(server, backup);
  const isOwn = server.id === backup.connection_id;
  return {
    value: server.id,
    label: server.name,
    description: `${DB_TYPE[server.db_type]} at ${server.host}:${server.port}`,
    rank: isOwn ? 0 : reason === undefined ? 1 : 2,
    ...(isOwn ? { labelTag: 'Original server' } : {}),
    ...(reason === undefined ? {} : { disabled: true, disabledReason: reason }),
  };
}
