import Box from '@cloudscape-design/components/box';
import { id as uuid } from '../../../../lib/storage/fields.ts';
import { useConnectionNames, useProviderNames } from '../../api/names.ts';
import { PageLink } from '../../components/page-link.tsx';
import { useBackups } from '../../restores/use-backups.ts';

/** A record that an import names by its id: a link to its page, if it exists here. */
export function RecordLink({ id }: { id: string }) {
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
