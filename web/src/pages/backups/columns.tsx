import Box from '@cloudscape-design/components/box';
import { titleOf } from '../../../../lib/databases/engines.ts';
import { isInRepository } from '../../../../lib/databases/physical-tools.ts';
import type { useConnectionNames } from '../../api/names.ts';
import { PageLink } from '../../components/page-link.tsx';
import { BACKUP_STATUS, Status, verificationLook, WOULD_RESTORE } from '../../components/status.tsx';
import { Age, Time } from '../../components/times.tsx';
import { formatBytes } from '../../format/bytes.ts';
import type { Column } from '../../lists/list-page.tsx';
import { type Backup, madeAt, typeText, unrestorable } from './restorable.ts';
import { ServerMark } from './server-mark.tsx';

type Names = Pick<ReturnType<typeof useConnectionNames>, 'connections' | 'nameOf'>;

/** @param connections the ones that have been loaded so far. */
export function backupColumns({ connections, nameOf }: Names): Column<Backup>[] {
  return [
    {
      id: 'database',
      header: 'Database',
      cell: (backup) => (
        <>
          <PageLink href={`/backups/${backup.id}`}>{backup.database_name}</PageLink>
          {backup.engine !== null && (
            <Box fontSize="body-s" color="text-body-secondary">
              {typeText(backup)}
            </Box>
          )}
        </>
      ),
      sortingField: 'database_name',
      text: ({ database_name, id, storage_path }) => `${database_name} ${id} ${storage_path}`,
      isRowHeader: true,
    },
    {
      id: 'connection',
      header: 'Connection',
      cell: (backup) => (
        <>
          {nameOf(backup.connection_id)}
          <ServerMark backup={backup} connections={connections} />
        </>
      ),
      sortingComparator: (a, b) => nameOf(a.connection_id).localeCompare(nameOf(b.connection_id)),
      text: ({ connection_id }) => nameOf(connection_id),
    },
    {
      id: 'made',
      header: 'Made',
      minWidth: 190,
      cell: (backup) => <Time iso={madeAt(backup)} />,
      sortingComparator: (a, b) => madeAt(a).localeCompare(madeAt(b)),
      text: madeAt,
    },
    {
      id: 'age',
      header: 'Age',
      cell: (backup) => <Age iso={madeAt(backup)} />,
      sortingComparator: (a, b) => madeAt(b).localeCompare(madeAt(a)),
      hidden: true,
    },
    {
      id: 'verification',
      header: 'Verification',
      cell: verificationCell,
      sortingField: 'verify_status',
    },
    {
      id: 'would_restore',
      header: 'Would restore',
      cell: ({ would_restore }) => (would_restore === null ? '–' : <Status look={WOULD_RESTORE[would_restore]} />),
      sortingField: 'would_restore',
    },
    {
      id: 'size',
      header: 'Size',
      cell: ({ size_bytes, object_bytes }) => formatBytesOr(size_bytes ?? object_bytes),
      sortingComparator: (a, b) => (a.size_bytes ?? a.object_bytes ?? 0) - (b.size_bytes ?? b.object_bytes ?? 0),
    },
    {
      id: 'status',
      header: 'Status',
      cell: (backup) => (
        <>
          <Status look={BACKUP_STATUS[backup.status]} />
          {unrestorable(backup) !== undefined && (
            <Box fontSize="body-s" color="text-body-secondary">
              {unrestorable(backup)}
            </Box>
          )}
        </>
      ),
      sortingField: 'status',
      hidden: true,
    },
    {
      id: 'type',
      header: 'Type',
      cell: typeText,
      sortingComparator: (a, b) => typeText(a).localeCompare(typeText(b)),
      hidden: true,
      text: (backup) => `${typeText(backup)} ${backup.label ?? ''}`,
    },
    {
      id: 'engine',
      header: 'Engine',
      cell: ({ db_type }) => titleOf(db_type),
      sortingField: 'db_type',
      text: ({ db_type }) => titleOf(db_type),
      hidden: true,
    },
    {
      id: 'encryption',
      header: 'Encryption',
      cell: ({ encryption_algo }) => encryption_algo ?? 'Not known',
      hidden: true,
    },
    { id: 'id', header: 'ID', cell: ({ id }) => id, hidden: true },
  ];
}

/** A backup that isn't complete has nothing to verify, so its status is shown. */
function verificationCell(backup: Backup) {
  const why = unrestorable(backup);
  return (
    <>
      {backup.status !== 'success' ? (
        <Status look={BACKUP_STATUS[backup.status]} />
      ) : isInRepository(backup.engine) ? (
        'When restored'
      ) : (
        <Status look={verificationLook(backup)} />
      )}
      {why !== undefined && (
        <Box fontSize="body-s" color="text-body-secondary">
          {why}
        </Box>
      )}
    </>
  );
}

function formatBytesOr(bytes: number | null): string {
  return bytes === null ? '–' : formatBytes(bytes);
}
