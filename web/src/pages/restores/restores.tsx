import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSearchParams } from 'wouter';
import type { Restore } from '../../../../lib/restores/model.ts';
import { useConnectionNames } from '../../api/names.ts';
import { useList } from '../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { PageLink } from '../../components/page-link.tsx';
import { optionsOf, RESTORE_STATUS } from '../../components/status.tsx';
import { ageFilter, apiQuery, type ListFilter } from '../../lists/list-filters.ts';
import { ListTable } from '../../lists/list-table.tsx';
import { placeText, sourceOf, targetOf } from '../../restores/places.ts';
import { useBackups } from '../../restores/use-backups.ts';
import { restoreColumns } from './columns.tsx';

export default function Restores() {
  const [address] = useSearchParams();
  const { nameOf, connections } = useConnectionNames();
  const filters: ListFilter[] = [
    { key: 'status', label: 'Status', options: optionsOf(RESTORE_STATUS) },
    {
      key: 'target_connection',
      label: 'Target',
      options: connections.map(({ id, name }) => ({ value: id, label: name })),
    },
    ageFilter(Date.now),
  ];
  const list = useList('GET /api/restores', apiQuery(filters, address), {
    refresh: (items) => (items.some(({ status }) => status === 'running') ? LIVE_MS : CALM_MS),
  });
  const backupOf = useBackups(list.items?.map(({ backup_id }) => backup_id) ?? []);
  const source = (restore: Restore) => placeText(sourceOf(backupOf(restore.backup_id), restore), nameOf);
  const target = (restore: Restore) => placeText(targetOf(restore, backupOf(restore.backup_id)), nameOf);

  return (
    <ListTable
      name="restores"
      title="Restores"
      nouns={['restore', 'restores']}
      list={list}
      columns={restoreColumns({ source, target })}
      filters={filters}
      labelOf={(restore) => `${target(restore)}, ${restore.id}`}
      empty={
        <SpaceBetween size="xs" alignItems="center">
          <Box variant="strong" color="inherit">
            No restores yet
          </Box>
          <Box color="inherit">
            Choose a backup, and restore it: <PageLink href="/backups">Backups</PageLink>.
          </Box>
        </SpaceBetween>
      }
    />
  );
}
