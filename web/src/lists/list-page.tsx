import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CollectionPreferences, {
  type CollectionPreferencesProps,
} from '@cloudscape-design/components/collection-preferences';
import Header from '@cloudscape-design/components/header';
import PropertyFilter from '@cloudscape-design/components/property-filter';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import { useSearchParams } from 'wouter';
import type { QueryInputOf } from '../../../lib/api/routes.ts';
import { type ItemOf, type ListKey, useList } from '../api/queries.ts';
import { CALM_MS } from '../api/refresh-interval.ts';
import { PartError } from '../components/part-error.tsx';
import { useStored } from '../shell/stored.ts';
import { addressOf, apiQuery, filterQuery, type ListFilter, searchText } from './list-filters.ts';
import type { LoadedList } from './loaded-list.ts';

export interface Column<T> extends TableProps.ColumnDefinition<T> {
  id: string;
  /** The text of an item that a search looks in. */
  text?(item: T): string;
  /** Hidden until the user enables it in the preferences. */
  hidden?: boolean;
}

/** A list of the API, narrowed by the filters in the page's address. */
export interface FilteredList<T> extends LoadedList<T> {
  filters: readonly ListFilter[];
}

/** @param refresh how soon to read the list again, in ms, depending on what has been loaded so far. */
export function useFilteredList<K extends ListKey>(
  key: K,
  filters: readonly ListFilter[] = [],
  refresh: (items: ItemOf<K>[]) => number = () => CALM_MS,
): FilteredList<ItemOf<K>> {
  const [address] = useSearchParams();
  const query = apiQuery(filters, address) as Partial<QueryInputOf<K>>;
  return { ...useList(key, query, { refresh }), filters };
}

interface ListPageProps<T extends { id: string }> {
  /** The name under which preferences are stored. */
  name: string;
  title: string;
  /** The words for one and for several items: `['backup', 'backups']`. */
  nouns: [string, string];
  list: FilteredList<T>;
  columns: readonly Column<T>[];
  /** The name of an item for screen readers. */
  labelOf(item: T): string;
  actions?: ReactNode;
  selection?: { items: T[]; onChange(items: T[]): void };
  /** What to do first if there is nothing yet. */
  empty: ReactNode;
}

/**
 * A page that lists records of the API. The API filters; search and sorting only apply to the loaded items, and the
 * page says so.
 */
export function ListPage<T extends { id: string }>(props: ListPageProps<T>) {
  const { name, title, nouns, list, columns, labelOf, actions, selection, empty } = props;
  const { filters } = list;
  const [address, setAddress] = useSearchParams();
  const [preferences, setPreferences] = useStored<CollectionPreferencesProps.Preferences>(`list-${name}`, {
    wrapLines: false,
    stripedRows: false,
    contentDensity: 'comfortable',
    visibleContent: columns.filter(({ hidden }) => !hidden).map(({ id }) => id),
  });
  const text = searchText(address).toLowerCase();
  const loaded = list.items ?? [];
  const found = loaded.filter((item) => columns.some((column) => column.text?.(item).toLowerCase().includes(text)));
  const { items, collectionProps } = useCollection<T>(text === '' ? loaded : found, { sorting: {} });
  const isFiltered = [...address.keys()].length > 0;
  const clear = () => setAddress(new URLSearchParams());

  return (
    <Table<T>
      {...collectionProps}
      variant="full-page"
      stickyHeader
      enableKeyboardNavigation
      trackBy="id"
      items={items}
      columnDefinitions={columns}
      columnDisplay={columns.map(({ id }) => ({ id, visible: preferences.visibleContent?.includes(id) ?? true }))}
      wrapLines={preferences.wrapLines}
      stripedRows={preferences.stripedRows}
      contentDensity={preferences.contentDensity}
      loading={list.isPending}
      loadingText={`Loading ${nouns[1]}`}
      {...(selection === undefined
        ? {}
        : {
            selectionType: 'multi' as const,
            selectedItems: selection.items,
            onSelectionChange: ({ detail }) => selection.onChange(detail.selectedItems),
          })}
      ariaLabels={{
        tableLabel: title,
        selectionGroupLabel: `Selection of ${nouns[1]}`,
        allItemsSelectionLabel: () => `all loaded ${nouns[1]}`,
        itemSelectionLabel: (_, item) => labelOf(item),
      }}
      header={
        <Header variant="awsui-h1-sticky" counter={counter(items.length, list, text)} actions={actions}>
          {title}
        </Header>
      }
      filter={
        filters.length === 0 ? undefined : (
          <PropertyFilter
            query={filterQuery(filters, address)}
            onChange={({ detail }) => setAddress(addressOf(filters, detail))}
            filteringProperties={filters.map(({ key, label }) => ({
              key,
              propertyLabel: label,
              groupValuesLabel: label,
              operators: [{ operator: '=', format: (value: string) => optionLabel(filters, key, value) }],
            }))}
            filteringOptions={filters.flatMap(({ key, options }) =>
              options.map(({ value, label }) => ({ propertyKey: key, value, label })),
            )}
            hideOperations
            filteringPlaceholder={`Filter ${nouns[1]}, or search the loaded ones`}
            filteringAriaLabel={`Filter ${nouns[1]}`}
            countText={text === '' ? '' : `${items.length} of ${loaded.length} loaded match`}
          />
        )
      }
      preferences={
        <CollectionPreferences
          title="Preferences"
          preferences={preferences}
          onConfirm={({ detail }) => setPreferences(detail)}
          wrapLinesPreference={{}}
          stripedRowsPreference={{}}
          contentDensityPreference={{}}
          visibleContentPreference={{
            title: 'Columns',
            options: [{ label: title, options: columns.map(({ id, header }) => ({ id, label: String(header) })) }],
          }}
        />
      }
      empty={
        list.error !== null && list.error !== undefined ? (
          <PartError error={list.error} what={`The ${nouns[1]} could not be loaded`} retry={list.refetch} />
        ) : isFiltered ? (
          <SpaceBetween size="xs" alignItems="center">
            <Box color="inherit">
              {text === '' || list.items?.length === 0
                ? `No ${nouns[1]} match.`
                : `None of the loaded ${nouns[1]} match.`}
            </Box>
            <Button onClick={clear}>Clear filters</Button>
          </SpaceBetween>
        ) : (
          <SpaceBetween size="xs" alignItems="center">
            <Box variant="strong" color="inherit">
              No {nouns[1]} yet
            </Box>
            <Box color="inherit">{empty}</Box>
          </SpaceBetween>
        )
      }
      footer={
        loaded.length === 0 ? undefined : (
          <Box textAlign="center">
            {list.hasNextPage ? (
              <SpaceBetween size="xs" alignItems="center">
                <Box color="text-body-secondary" fontSize="body-s">
                  Search and sorting apply to the {loaded.length} loaded {nouns[1]}; filters apply to all.
                </Box>
                <Button loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
                  Load more
                </Button>
              </SpaceBetween>
            ) : (
              <StatusIndicator type="info" colorOverride="grey">
                All {nouns[1]} {isFiltered ? 'that match ' : ''}are loaded
              </StatusIndicator>
            )}
          </Box>
        )
      }
    />
  );
}

function counter(shown: number, { items, hasNextPage }: LoadedList<unknown>, text: string): string {
  if (items === undefined) return '';
  const loaded = `${items.length}${hasNextPage ? '+' : ''}`;
  return text === '' ? `(${loaded})` : `(${shown} of ${loaded})`;
}

function optionLabel(filters: readonly ListFilter[], key: string, value: string): string {
  return filters.find((filter) => filter.key === key)?.options.find((option) => option.value === value)?.label ?? value;
}
