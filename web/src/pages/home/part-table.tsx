import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import { PartError } from '../../components/part-error.tsx';

/** A time stays on one line. */
export const TIME_WIDTH = 190;

interface PartTableProps<T extends { id: string }> {
  title: string;
  description: string;
  /** What could not be loaded: `failures`. */
  noun: string;
  items: readonly T[];
  list: {
    error: unknown;
    isPending: boolean;
    isSuccess: boolean;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    fetchNextPage(): unknown;
    refetch(): unknown;
  };
  columns: TableProps<T>['columnDefinitions'];
  empty: ReactNode;
  /** If there are none, one line says so, as good or neutral news. */
  quiet?: 'success' | 'info';
}

/** A list of the API within a page. */
export function PartTable<T extends { id: string }>(props: PartTableProps<T>) {
  const { title, description, noun, items, list, columns, quiet } = props;
  if (quiet !== undefined && list.isSuccess && items.length === 0) {
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
          counter={list.isSuccess ? `(${items.length}${list.hasNextPage ? '+' : ''})` : ''}
        >
          {title}
        </Header>
      }
      empty={
        list.error !== null && list.error !== undefined ? (
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
