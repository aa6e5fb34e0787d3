/**
 * How pages read data: through a cache, with regular refreshes while a page is open, and with retries after failures.
 */
import {
  QueryClient,
  type UseMutationResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type { AnswerOf, QueryInputOf, RouteKey } from '../../../lib/api/routes.ts';
import { ApiError, type CallOptions, call } from './client.ts';
import { refreshInterval } from './refresh-interval.ts';

let changedAt = Number.NEGATIVE_INFINITY;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      // don't retry a call that the API refuses; retry if there was no response
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      // if the browser is offline, the page says so, and keeps trying
      networkMode: 'always',
    },
    // the request may contain a password, so it is discarded along with its form
    mutations: { networkMode: 'always', gcTime: 0 },
  },
});

type Refresh<K extends RouteKey> = (data: AnswerOf<K> | undefined) => number | false;

/** Reads one record. */
export function useRead<K extends RouteKey>(
  key: K,
  options: CallOptions<K> & { enabled?: boolean; refresh?: Refresh<K> } = {},
) {
  const { enabled = true, refresh, ...rest } = options;
  return useQuery({
    queryKey: [key, rest.id ?? null, rest.query ?? null],
    queryFn: async ({ signal }) => ((await call(key, { ...rest, signal })).data ?? null) as AnswerOf<K>,
    enabled,
    refetchInterval: ({ state }) =>
      refreshInterval(refresh?.(state.data as AnswerOf<K> | undefined), Date.now() - changedAt),
  });
}

export type ItemOf<K extends RouteKey> = AnswerOf<K> extends (infer I)[] ? I : never;

/** The calls that return a list. */
export type ListKey = { [K in RouteKey]: AnswerOf<K> extends unknown[] ? K : never }[RouteKey];

/** A list, page by page: `items` contains the pages loaded so far. */
export function useList<K extends RouteKey>(
  key: K,
  query: Partial<QueryInputOf<K>> = {},
  { refresh, enabled = true }: { refresh?: (items: ItemOf<K>[]) => number | false; enabled?: boolean } = {},
) {
  const result = useInfiniteQuery({
    queryKey: [key, null, query],
    queryFn: ({ pageParam, signal }) =>
      call(key, { query: { ...query, ...(pageParam === undefined ? {} : { cursor: pageParam }) } as never, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ cursor }) => cursor,
    enabled,
    refetchInterval: ({ state }) =>
      refreshInterval(
        refresh?.((state.data?.pages ?? []).flatMap(({ data }) => data as ItemOf<K>[])),
        Date.now() - changedAt,
      ),
  });
  const items = result.data?.pages.flatMap(({ data }) => data as ItemOf<K>[]);
  return { ...result, items };
}

/** A call that changes something. After it, everything is read again. */
export function useChange<K extends RouteKey>(key: K): UseMutationResult<AnswerOf<K>, Error, CallOptions<K>> {
  const readAgain = useReadAgain();
  return useMutation({
    mutationFn: async (options: CallOptions<K>) => (await call(key, options)).data,
    onSettled: readAgain,
  });
}

/** @returns a function that reads everything again, for a change made without useChange. */
export function useReadAgain(): () => Promise<void> {
  const client = useQueryClient();
  return () => {
    changedAt = Date.now();
    return client.invalidateQueries();
  };
}
