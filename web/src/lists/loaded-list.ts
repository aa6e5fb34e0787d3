/** What useList answers of a list, as the tables need it. */
export interface LoadedList<T> {
  /** What has been loaded so far; undefined before the first answer. */
  items: T[] | undefined;
  error: unknown;
  isPending: boolean;
  isFetchingNextPage: boolean;
  hasNextPage: boolean;
  fetchNextPage(): unknown;
  refetch(): unknown;
}
