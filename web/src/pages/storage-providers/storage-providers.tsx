import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLocation } from 'wouter';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import { useList } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { ImportButton } from '../../components/import-button.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { Time } from '../../components/times.tsx';
import { type Column, ListTable } from '../../lists/list-table.tsx';
import { useMay } from '../../session/use-may.ts';
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
  const [, navigate] = useLocation();
  const mayAdd = useMay('POST /api/storage-providers');
  const list = useList('GET /api/storage-providers', {}, { refresh: () => CALM_MS });
  return (
    <ListTable
      name="storage-providers"
      title="Storage providers"
      nouns={['storage provider', 'storage providers']}
      list={list}
      columns={COLUMNS}
      labelOf={({ name }) => name}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ImportButton />
          <Button
            variant="primary"
            disabled={!mayAdd.allowed}
            disabledReason={mayAdd.reason}
            onClick={() => navigate('/storage-providers/new')}
          >
            Add storage provider
          </Button>
        </SpaceBetween>
      }
      empty={
        <SpaceBetween size="xs" alignItems="center">
          <Box variant="strong" color="inherit">
            No storage providers yet
          </Box>
          <Box color="inherit">
            <PageLink href="/import">Import the backups of a running Jagad</PageLink>, or add the bucket that Jagad
            writes to and scan it.
          </Box>
        </SpaceBetween>
      }
    />
  );
}
