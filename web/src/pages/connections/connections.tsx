import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Connection } from '../../../../lib/connections/model.ts';
import { titleOf } from '../../../../lib/databases/engines.ts';
import { ImportButton } from '../../components/import-button.tsx';
import { PageButton } from '../../components/page-button.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { Time } from '../../components/times.tsx';
import { type Column, ListPage, useFilteredList } from '../../lists/list-page.tsx';
import { hostAndPort } from './host-and-port.ts';

const COLUMNS: Column<Connection>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: ({ id, name }) => <PageLink href={`/connections/${id}`}>{name}</PageLink>,
    sortingField: 'name',
    isRowHeader: true,
  },
  { id: 'engine', header: 'Engine', cell: ({ db_type }) => titleOf(db_type), sortingField: 'db_type' },
  { id: 'host', header: 'Host and port', cell: hostAndPort, sortingField: 'host' },
  { id: 'username', header: 'User name', cell: ({ username }) => username, sortingField: 'username' },
  { id: 'tls', header: 'TLS mode', cell: ({ ssl_mode }) => ssl_mode, sortingField: 'ssl_mode' },
  {
    id: 'events',
    header: 'Restores by events',
    cell: ({ event_restore_allowed }) => (event_restore_allowed ? 'Allowed' : 'Not allowed'),
    sortingField: 'event_restore_allowed',
  },
  {
    id: 'created',
    header: 'Added',
    cell: ({ created_at }) => <Time iso={created_at} />,
    sortingField: 'created_at',
    hidden: true,
  },
];

export default function Connections() {
  const list = useFilteredList('GET /api/connections');
  return (
    <ListPage
      name="connections"
      title="Connections"
      nouns={['connection', 'connections']}
      list={list}
      columns={COLUMNS}
      labelOf={({ name }) => name}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ImportButton />
          <PageButton variant="primary" call="POST /api/connections" href="/connections/new">
            Add connection
          </PageButton>
        </SpaceBetween>
      }
      empty={
        <>
          <PageLink href="/import">Import the database servers that Jagad backs up</PageLink>, or add them here.
        </>
      }
    />
  );
}
