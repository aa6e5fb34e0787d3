import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { ErrorAlert } from './error-alert.tsx';
import { Loading } from './loading.tsx';
import { PageLink } from './page-link.tsx';

interface LoadedProps<T> {
  /** The result of useRead. */
  read: { data: T | undefined; error: unknown; refetch(): unknown };
  /** The kind of record, in words: `connection`. */
  what: string;
  /** The page's heading while there is nothing to show. */
  title: string;
  /** The list to offer instead if the record doesn't exist. */
  list: { href: string; text: string };
  children(data: T): ReactNode;
}

/**
 * A page about one record: it is loading, missing, unreachable, or loaded. A loaded record stays visible while it is
 * read again.
 */
export function Loaded<T>({ read, what, title, list, children }: LoadedProps<T>) {
  const { data, error } = read;
  if (data !== undefined && data !== null) return children(data);
  if (error === null || error === undefined) return <Loading what={what} />;
  const isGone = error instanceof ApiError && error.status === 404;
  return (
    <ContentLayout header={<Header variant="h1">{title}</Header>}>
      <ErrorAlert
        error={error}
        what={isGone ? `No such ${what}` : `The ${what} could not be loaded`}
        action={isGone ? undefined : <Button onClick={() => read.refetch()}>Try again</Button>}
      />
      {isGone && <PageLink href={list.href}>{list.text}</PageLink>}
    </ContentLayout>
  );
}
