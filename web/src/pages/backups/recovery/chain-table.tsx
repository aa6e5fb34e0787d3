import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { PageLink } from '../../../components/page-link.tsx';
import { Time } from '../../../components/times.tsx';
import { formatBytes } from '../../../format/bytes.ts';
import type { RecoveryWindow } from '../../../recovery/window-words.ts';

/** The backups that a backup is built from, the full one first. */
export function ChainTable({ window: { backup_id, chain, complete } }: { window: RecoveryWindow }) {
  return (
    <Table
      variant="container"
      items={chain}
      trackBy="backup_id"
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Backups in this chain' }}
      header={
        <Header
          variant="h2"
          counter={`(${chain.length})`}
          description={
            complete
              ? 'A restore applies these backups, in this order.'
              : 'A restore would apply these backups. The list may be incomplete.'
          }
        >
          Chain
        </Header>
      }
      columnDefinitions={[
        {
          id: 'label',
          header: 'Backup',
          cell: ({ backup_id: id, label }) =>
            id === backup_id ? `${label ?? id} (this one)` : <PageLink href={`/backups/${id}`}>{label ?? id}</PageLink>,
          isRowHeader: true,
        },
        { id: 'type', header: 'Type', cell: ({ backup_type }) => (backup_type === 'full' ? 'Full' : 'Incremental') },
        { id: 'completed', header: 'Completed', cell: ({ completed_at }) => <Time iso={completed_at} /> },
        {
          id: 'size',
          header: 'Size in storage',
          cell: ({ object_bytes }) => (object_bytes === null ? 'Not known' : formatBytes(object_bytes)),
        },
      ]}
    />
  );
}
