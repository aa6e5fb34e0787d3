import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import type { Connection } from '../../../../lib/connections/model.ts';
import { titleOf } from '../../../../lib/databases/engines.ts';
import { useList } from '../../api/queries.ts';
import { wordsOf } from '../../components/error-alert.tsx';

import type { Backup } from '../backups/restorable.ts';
import { unfit } from './form.ts';

/** The most that the API returns at once. */
const LIMIT = 200;

/** What to do if it isn't certain which server is the backup's own. */
export const CHOOSE_SERVER =
  'Choose the server to restore to: the original server is uncertain, so none is preselected.';

/** The same, after a server was chosen. */
export const CHECK_SERVER = 'Check below that this is the server you mean.';

/** The chosen server, once it has been loaded. */
export interface ServerRead {
  data: Connection | undefined;
  error: unknown;
}

interface ServerFieldProps {
  backup: Backup;
  doubt: string | undefined;
  /** Empty until a server is chosen. */
  connectionId: string;
  server: ServerRead;
  onChange(connectionId: string): void;
  /** Whether the user has tried to continue. */
  tried: boolean;
}

/** The target server. */
export function ServerField({ backup, doubt, connectionId, server, onChange, tried }: ServerFieldProps) {
  const list = useList('GET /api/connections', { limit: LIMIT });
  const others = (list.items ?? []).filter(({ id }) => id !== server.data?.id);
  const servers = [...(server.data ? [server.data] : []), ...others];
  const options = servers
    .map((one) => optionOf(one, backup, doubt))
    .toSorted((a, b) => a.rank - b.rank || a.label.localeCompare(b.label));
  const wrongServer = serverProblem(server, backup);
  return (
    <FormField
      label="Server"
      description={`Only servers that run ${titleOf(backup.db_type)} can take this backup.`}
      errorText={
        wrongServer !== undefined
          ? `${wrongServer} Choose another server.`
          : tried &&
            server.data === undefined &&
            (connectionId === '' ? 'Choose a server.' : 'Wait until the server is loaded.')
      }
    >
      <Select
        selectedOption={
          connectionId === '' ? null : (options.find(({ value }) => value === connectionId) ?? { value: connectionId })
        }
        placeholder="Choose a server"
        options={options}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? connectionId)}
        triggerVariant="option"
        filteringType="auto"
        filteringAriaLabel="Search servers"
        statusType={list.error ? 'error' : list.isFetching ? 'loading' : list.hasNextPage ? 'pending' : 'finished'}
        loadingText="Loading servers"
        errorText="The servers could not be loaded."
        onLoadItems={() => (list.error ? list.refetch() : list.hasNextPage && list.fetchNextPage())}
      />
    </FormField>
  );
}

/** Why the chosen server can't be the target. Also undefined as long as that is unknown. */
export function serverProblem({ data, error }: ServerRead, backup: Backup): string | undefined {
  if (data) return unfit(data, backup);
  return error ? wordsOf(error).message : undefined;
}

/** The original server comes first, and those that can't be chosen come last. */
function optionOf(server: Connection, backup: Backup, doubt: string | undefined) {
  const reason = unfit(server, backup);
  const isOwn = server.id === backup.connection_id;
  return {
    value: server.id,
    label: server.name,
    description: `${titleOf(server.db_type)} at ${server.host}:${server.port}`,
    rank: isOwn ? 0 : reason === undefined ? 1 : 2,
    ...(isOwn ? { labelTag: doubt === undefined ? 'Original server' : 'Possibly the original server' } : {}),
    ...(reason === undefined ? {} : { disabled: true, disabledReason: reason }),
  };
}
