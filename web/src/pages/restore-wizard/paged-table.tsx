import { useCollection } from '@cloudscape-design/collection-hooks';
import Pagination from '@cloudscape-design/components/pagination';
import Table, { type TableProps } from '@cloudscape-design/components/table';

const PAGE_SIZE = 10;

interface PagedTableProps<T> {
  label: string;
  items: readonly T[];
  keyOf(item: T): string;
  columns: readonly TableProps.ColumnDefinition<T>[];
  empty: string;
}

/** A list that is known as a whole, a page at a time. */
export function PagedTable<T>({ label, items: all, keyOf, columns, empty }: PagedTableProps<T>) {
  const { items, collectionProps, paginationProps } = useCollection<T>(all, {
    sorting: {},
    pagination: { pageSize: PAGE_SIZE },
  });
  return (
    <Table<T>
      {...collectionProps}
      variant="borderless"
      contentDensity="compact"
      enableKeyboardNavigation
      trackBy={keyOf}
      items={items}
      columnDefinitions={columns}
      ariaLabels={{ tableLabel: label }}
      empty={empty}
      {...(all.length > PAGE_SIZE
        ? {
            pagination: (
              <Pagination
                {...paginationProps}
                ariaLabels={{
                  paginationLabel: `Pages of: ${label}`,
                  nextPageLabel: 'Next page',
                  previousPageLabel: 'Previous page',
                  pageLabel: (page) => `Page ${page}`,
                }}
              />
            ),
          }
        : {})}
    />
  );
}
