import type { Restore } from '../../../../lib/restores/model.ts';
import { useConnectionNames } from '../../api/names.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { PageLink } from '../../components/page-link.tsx';
import { optionsOf, RESTORE_STATUS } from '../../components/status.tsx';
import { ageFilter, type ListFilter } from '../../lists/list-filters.ts';
import { ListPage, useFilteredList } from '../../lists/list-page.tsx';
import { placeText, sourceOf, targetOf } from '../../restores/places.ts';
import { useBackups } from '../../restores/use-backups.ts';
import { restoreColumns } from './columns.tsx';

export default function Restores() {
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
  const list = useFilteredList('GET /api/restores', filters, (items) =>
    items.some(({ status }) => status === 'running') ? LIVE_MS : CALM_MS,
  );
  const backupOf = useBackups(list.items?.map(({ backup_id }) => backup_id) ?? []);
  const source = (restore: Restore) => placeText(sourceOf(backupOf(restore.backup_id), restore), nameOf);
  const target = (restore: Restore) => placeText(targetOf(restore, backupOf(restore.backup_id)), nameOf);

  return (
    <ListPage
      name="restores"
      title="Restores"
      nouns={['restore', 'restores']}
      list={list}
      columns={restoreColumns({ source, target })}
      labelOf={(restore) => `${target(restore)}, ${restore.id}`}
      empty={
        <>
          Choose a backup, and restore it: <PageLink href="/backups">Backups</PageLink>.
        </>
      }
    />
  );
}
