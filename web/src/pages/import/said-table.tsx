import Box from '@cloudscape-design/components/box';
import { id as uuid } from '../../../../lib/storage/fields.ts';
import { useConnectionNames, useProviderNames } from '../../api/names.ts';
import { PageLink } from '../../components/page-link.tsx';
import { sentence } from '../../format/sentence.ts';
import { PagedTable } from '../../lists/paged-table.tsx';
import { useBackups } from '../../restores/use-backups.ts';
import type { Said } from './import-answers.ts';

interface SaidTableProps {
  title: string;
  description: string;
  said: readonly Said[];
}

/** What an import reports about single records. */
export function SaidTable({ title, description, said }: SaidTableProps) {
  const connections = useConnectionNames();
  const providers = useProviderNames();
  return (
    <PagedTable
      label={title}
      heading={{ title, description }}
      items={said}
      keyOf={({ id, reason }) => `${id} ${reason}`}
      search={{
        placeholder: 'Search names, ids and reasons',
        textOf: ({ id, reason }) => `${id} ${connections.nameOf(id)} ${providers.nameOf(id)} ${reason}`,
      }}
      columns={[
        { id: 'record', header: 'Record', cell: ({ id }) => <RecordLink id={id} />, isRowHeader: true, width: 320 },
        { id: 'reason', header: 'What', cell: ({ reason }) => sentence(reason) },
      ]}
      empty="None."
    />
  );
}

/** A record that an import names by its id: a link to its page, if the record exists here. */
function RecordLink({ id }: { id: string }) {
  const { connections, nameOf } = useConnectionNames();
  const { providers } = useProviderNames();
  const connection = connections.find((one) => one.id === id);
  const provider = providers.find((one) => one.id === id);
  const mayBeBackup = uuid.safeParse(id).success && connection === undefined && provider === undefined;
  const backup = useBackups(mayBeBackup ? [id] : [])(id);
  if (connection !== undefined) {
    return <Named kind="Connection" id={id} name={connection.name} href={`/connections/${id}`} />;
  }
  if (provider !== undefined) {
    return <Named kind="Storage provider" id={id} name={provider.name} href={`/storage-providers/${id}`} />;
  }
  if (backup !== undefined) {
    const name = `${backup.database_name} on ${nameOf(backup.connection_id)}`;
    return <Named kind="Backup" id={id} name={name} href={`/backups/${id}`} />;
  }
  return <>{id}</>;
}

interface NamedProps {
  kind: string;
  id: string;
  name: string;
  href: string;
}

function Named({ kind, id, name, href }: NamedProps) {
  return (
    <>
      {kind} <PageLink href={href}>{name}</PageLink>
      <Box fontSize="body-s" color="text-body-secondary">
        {id}
      </Box>
    </>
  );
}
