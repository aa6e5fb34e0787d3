import type { Restore } from '../../../../lib/restores/model.ts';
import { PageLink } from '../../components/page-link.tsx';
import { Time } from '../../components/times.tsx';
import type { Column } from '../../lists/list-page.tsx';
import { durationOf, RestoreDuration } from '../../restores/duration.tsx';
import { RestoreStatusLine } from '../../restores/status.tsx';
import { TRIGGER } from '../../restores/trigger.ts';

/** Values for columns that a restore itself doesn't contain. */
export interface RestoreWords {
  /** `shop on Production` */
  source(restore: Restore): string;
  target(restore: Restore): string;
}

export function restoreColumns({ source, target }: RestoreWords): Column<Restore>[] {
  return [
    {
      id: 'target',
      header: 'Target',
      cell: (restore) => <PageLink href={`/restores/${restore.id}`}>{target(restore)}</PageLink>,
      sortingComparator: (a, b) => target(a).localeCompare(target(b)),
      text: (restore) => `${target(restore)} ${restore.id}`,
      isRowHeader: true,
    },
    {
      id: 'status',
      header: 'Status',
      cell: (restore) => <RestoreStatusLine restore={restore} />,
      sortingField: 'status',
      text: ({ error }) => (error === null ? '' : `${error.code} ${error.message}`),
    },
    {
      id: 'source',
      header: 'Source',
      cell: (restore) => <PageLink href={`/backups/${restore.backup_id}`}>{source(restore)}</PageLink>,
      sortingComparator: (a, b) => source(a).localeCompare(source(b)),
      text: (restore) => `${source(restore)} ${restore.backup_id}`,
    },
    {
      id: 'started',
      header: 'Started',
      minWidth: 190,
      cell: ({ started_at }) => <Time iso={started_at} />,
      sortingField: 'started_at',
      text: ({ started_at }) => started_at,
    },
    {
      id: 'duration',
      header: 'Duration',
      cell: (restore) => <RestoreDuration restore={restore} />,
      sortingComparator: (a, b) => durationOf(a, Date.now()) - durationOf(b, Date.now()),
    },
    { id: 'trigger', header: 'Trigger', cell: ({ trigger }) => TRIGGER[trigger], sortingField: 'trigger' },
    { id: 'ended', header: 'Ended', cell: ({ completed_at }) => <Time iso={completed_at} />, hidden: true },
    { id: 'id', header: 'ID', cell: ({ id }) => id, hidden: true },
  ];
}
