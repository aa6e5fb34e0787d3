/** What useList returns about a list, in the form for the tables. */
export interface LoadedList<T> {
  /** The items loaded so far; undefined before the first response. */
  items: T[] | undefined;
  error: unknown;
  isPending: boolean;
  isFetchingNextPage: boolean;
  hasNextPage: boolean;
  fetchNextPage(): unknown;
  refetch(): unknown;
}
