import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { PlanEntry } from '../../../../lib/plans/model.ts';
import { useConnectionNames } from '../../api/names.ts';
import { pickText } from './plan-words.ts';

interface EntriesTableProps<T extends PlanEntry> {
  title: string;
  entries: readonly T[];
  /** The columns that a run adds. */
  more?: readonly TableProps.ColumnDefinition<T>[];
}

/** The restores of a group, each with its source, backup and target. */
export function EntriesTable<T extends PlanEntry>({ title, entries, more = [] }: EntriesTableProps<T>) {
  const { nameOf } = useConnectionNames();
  return (
    <Table<T>
      variant="embedded"
      wrapLines
      items={entries}
      ariaLabels={{ tableLabel: title }}
      columnDefinitions={[
        {
          id: 'source',
          header: 'Database',
          cell: ({ database, connection_id }) => `${database} of ${nameOf(connection_id)}`,
          isRowHeader: true,
          minWidth: 180,
        },
        { id: 'pick', header: 'Backup', cell: pickText, minWidth: 160 },
        {
          id: 'target',
          header: 'Target',
          cell: ({ database, target_database, target_connection }) =>
            `${target_database ?? database} on ${nameOf(target_connection)}`,
          minWidth: 180,
        },
        ...more,
      ]}
    />
  );
}
