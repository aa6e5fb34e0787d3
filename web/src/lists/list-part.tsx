import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import { PartError } from '../components/part-error.tsx';
import type { LoadedList } from './loaded-list.ts';

/** Keeps a time on one line. */
export const TIME_WIDTH = 190;

interface ListPartProps<T extends { id: string }> {
  title: string;
  description?: string;
  /** The kind of items, in words: `failed restores`. */
  noun: string;
  list: LoadedList<T>;
  /** The items to show, if they aren't all that have been loaded. */
  items?: readonly T[];
  columns: TableProps<T>['columnDefinitions'];
  actions?: ReactNode;
  empty: ReactNode;
  /** Shown if there are no items: one line, as good or neutral news. */
  quiet?: 'success' | 'info';
}

/** A list of the API that is a part of a page. */
export function ListPart<T extends { id: string }>(props: ListPartProps<T>) {
  const { title, description, noun, list, items = list.items ?? [], columns, actions, quiet } = props;
  const hasFailed = list.error !== null && list.error !== undefined;
  const isLoaded = list.items !== undefined && !hasFailed;
  if (quiet !== undefined && isLoaded && items.length === 0) {
    return <StatusIndicator type={quiet}>{props.empty}</StatusIndicator>;
  }
  return (
    <Table<T>
      variant="container"
      enableKeyboardNavigation
      wrapLines
      trackBy="id"
      items={items}
      columnDefinitions={columns}
      loading={list.isPending}
      loadingText={`Loading ${noun}`}
      ariaLabels={{ tableLabel: title }}
      header={
        <Header
          variant="h2"
          description={description}
          actions={actions}
          counter={isLoaded ? `(${items.length}${list.hasNextPage ? '+' : ''})` : ''}
        >
          {title}
        </Header>
      }
      empty={
        hasFailed ? (
          <PartError error={list.error} what={`The ${noun} could not be loaded`} retry={list.refetch} />
        ) : (
          <Box color="inherit">{props.empty}</Box>
        )
      }
      footer={
        list.hasNextPage && (
          <Box textAlign="center">
            <Button loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
              Load more {noun}
            </Button>
          </Box>
        )
      }
    />
  );
}
