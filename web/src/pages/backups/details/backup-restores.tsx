import { useConnectionNames } from '../../../api/names.ts';
import { useList } from '../../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../../api/refresh-interval.ts';
import { PageLink } from '../../../components/page-link.tsx';
import { RESTORE_STATUS, Status } from '../../../components/status.tsx';
import { Time } from '../../../components/times.tsx';
import { durationText } from '../../../format/duration.ts';
import { ListPart } from '../../../lists/list-part.tsx';
import type { Backup } from '../restorable.ts';

/** The restores of a backup, newest first. */
export function BackupRestores({ backup }: { backup: Backup }) {
  const { nameOf } = useConnectionNames();
  const list = useList(
    'GET /api/restores',
    { backup_id: backup.id },
    { refresh: (items) => (items.some(({ status }) => status === 'running') ? LIVE_MS : CALM_MS) },
  );
  return (
    <ListPart
      title="Restores of this backup"
      noun="restores"
      list={list}
      columns={[
        {
          id: 'restore',
          header: 'Restore',
          cell: ({ id }) => <PageLink href={`/restores/${id}`}>{id.slice(0, 8)}</PageLink>,
          isRowHeader: true,
        },
        { id: 'status', header: 'Status', cell: ({ status }) => <Status look={RESTORE_STATUS[status]} /> },
        {
          id: 'server',
          header: 'Server',
          cell: (restore) => nameOf(restore.target_connection ?? backup.connection_id),
        },
        { id: 'database', header: 'Database', cell: (restore) => restore.target_database ?? backup.database_name },
        { id: 'started', header: 'Started', cell: ({ started_at }) => <Time iso={started_at} /> },
        {
          id: 'duration',
          header: 'Duration',
          cell: ({ duration_ms }) => durationText(duration_ms),
        },
      ]}
      empty="This backup has not been restored yet."
    />
  );
}
