import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { useConnectionNames } from '../../api/names.ts';
import { useList } from '../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { RESTORE_STATUS, Status } from '../../components/status.tsx';
import { Time } from '../../components/times.tsx';
import { formatDuration } from '../../format/duration.ts';
import type { Backup } from './restorable.ts';

/** The restores of a backup, newest first. */
export function BackupRestores({ backup }: { backup: Backup }) {
  const { nameOf } = useConnectionNames();
  const list = useList(
    'GET /api/restores',
    { backup_id: backup.id },
    { refresh: (items) => (items.some(({ status }) => status === 'running') ? LIVE_MS : CALM_MS) },
  );
  const restores = list.items ?? [];
  return (
    <Table
      variant="container"
      items={restores}
      trackBy="id"
      loading={list.isPending}
      loadingText="Loading restores"
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Restores of this backup' }}
      header={
        <Header variant="h2" counter={list.items && `(${restores.length}${list.hasNextPage ? '+' : ''})`}>
          Restores of this backup
        </Header>
      }
      columnDefinitions={[
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
          cell: ({ duration_ms }) => (duration_ms === null ? '–' : formatDuration(duration_ms)),
        },
      ]}
      empty={
        list.error === null ? (
          <Box color="inherit">This backup has not been restored yet.</Box>
        ) : (
          <ErrorAlert
            error={list.error}
            what="The restores could not be loaded"
            action={<Button onClick={() => list.refetch()}>Try again</Button>}
          />
        )
      }
      footer={
        list.hasNextPage && (
          <Box textAlign="center">
            <Button loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
              Load more
            </Button>
          </Box>
        )
      }
    />
  );
}
