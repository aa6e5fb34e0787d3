import Badge from '@cloudscape-design/components/badge';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import { ImportButton } from '../../components/import-button.tsx';
import { PageButton } from '../../components/page-button.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { Time } from '../../components/times.tsx';
import { type Column, ListPage, useFilteredList } from '../../lists/list-page.tsx';
import { PROVIDER_TYPE, placeOf } from './provider-types.ts';

const COLUMNS: Column<StorageProvider>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: ({ id, name, is_default }) => (
      <SpaceBetween direction="horizontal" size="xs">
        <PageLink href={`/storage-providers/${id}`}>{name}</PageLink>
        {is_default && <Badge color="blue">Default</Badge>}
      </SpaceBetween>
    ),
    sortingField: 'name',
    isRowHeader: true,
  },
  {
    id: 'type',
    header: 'Type',
    cell: ({ provider_type }) => PROVIDER_TYPE[provider_type].label,
    sortingField: 'provider_type',
  },
  { id: 'bucket', header: 'Bucket', cell: ({ bucket }) => bucket, sortingField: 'bucket' },
  {
    id: 'place',
    header: 'Endpoint',
    cell: placeOf,
    sortingComparator: (a, b) => placeOf(a).localeCompare(placeOf(b)),
  },
  {
    id: 'created',
    header: 'Added',
    cell: ({ created_at }) => <Time iso={created_at} />,
    sortingField: 'created_at',
    hidden: true,
  },
];

export default function StorageProviders() {
  const list = useFilteredList('GET /api/storage-providers');
  return (
    <ListPage
      name="storage-providers"
      title="Storage providers"
      nouns={['storage provider', 'storage providers']}
      list={list}
      columns={COLUMNS}
      labelOf={({ name }) => name}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ImportButton />
          <PageButton variant="primary" call="POST /api/storage-providers" href="/storage-providers/new">
            Add storage provider
          </PageButton>
        </SpaceBetween>
      }
      empty={
        <>
          <PageLink href="/import">Import the backups of a running Jagad</PageLink>, or add the bucket that Jagad writes
          to and scan it.
        </>
      }
    />
  );
}
