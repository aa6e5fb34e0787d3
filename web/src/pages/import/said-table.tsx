import { useConnectionNames, useProviderNames } from '../../api/names.ts';
import { sentence } from '../../format/sentence.ts';
import { PagedTable } from '../../lists/paged-table.tsx';
import type { Said } from './import-answers.ts';
import { RecordLink } from './record-link.tsx';

interface SaidTableProps {
  title: string;
  description: string;
  said: readonly Said[];
}

/** An import's reports about single records. */
export function SaidTable({ title, description, said }: SaidTableProps) {
  const connections = useConnectionNames();
  const providers = useProviderNames();
  return (
    <PagedTable
      label={title}
      heading={{ title, description }}
      items={said}
      keyOf={({ id, reason }) => `${id} ${reason}`}
      search={{
        placeholder: 'Search names, ids and reasons',
        textOf: ({ id, reason }) => `${id} ${connections.nameOf(id)} ${providers.nameOf(id)} ${reason}`,
      }}
      columns={[
        { id: 'record', header: 'Record', cell: ({ id }) => <RecordLink id={id} />, isRowHeader: true, width: 320 },
        { id: 'reason', header: 'What', cell: ({ reason }) => sentence(reason) },
      ]}
      empty="None."
    />
  );
}
