import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';

const PAGE_SIZE = 10;

interface PagedTableProps<T> {
  label: string;
  items: readonly T[];
  keyOf(item: T): string;
  columns: readonly TableProps.ColumnDefinition<T>[];
  empty: string;
  /** Shows the table as a separate part of the page. */
  heading?: { title: string; description: string };
  /** Adds a search, if it has more than one page. */
  search?: { placeholder: string; textOf(item: T): string };
}

/** A completely loaded list that is shown page by page. */
export function PagedTable<T>({ label, items: all, keyOf, columns, empty, heading, search }: PagedTableProps<T>) {
  const { items, collectionProps, filterProps, paginationProps, filteredItemsCount } = useCollection<T>(all, {
    filtering: {
      filteringFunction: (item, text) => search?.textOf(item).toLowerCase().includes(text.trim().toLowerCase()) ?? true,
      noMatch: <Box color="inherit">Nothing matches.</Box>,
    },
    sorting: {},
    pagination: { pageSize: PAGE_SIZE },
  });
  return (
    <Table<T>
      {...collectionProps}
      variant={heading === undefined ? 'borderless' : 'container'}
      wrapLines={heading !== undefined}
      contentDensity="compact"
      enableKeyboardNavigation
      trackBy={keyOf}
      items={items}
      columnDefinitions={columns}
      ariaLabels={{ tableLabel: label }}
      empty={collectionProps.empty ?? empty}
      {...(heading === undefined
        ? {}
        : {
            header: (
              <Header variant="h2" counter={`(${all.length.toLocaleString('en')})`} description={heading.description}>
                {heading.title}
              </Header>
            ),
          })}
      {...(search !== undefined && all.length > PAGE_SIZE
        ? {
            filter: (
              <TextFilter
                {...filterProps}
                filteringPlaceholder={search.placeholder}
                filteringAriaLabel={`Search: ${label}`}
                countText={`${filteredItemsCount} found`}
              />
            ),
          }
        : {})}
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
