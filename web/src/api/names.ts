import { useQuery } from '@tanstack/react-query';
import type { Connection } from '../../../lib/connections/model.ts';
import type { StorageProvider } from '../../../lib/connections/providers/model.ts';
import { call } from './client.ts';

/**
 * The most that the API returns at once, and more servers than most users have. Servers beyond that are shown by their
 * ids.
 */
const LIMIT = 200;
const STALE_MS = 60_000;

const NONE: never[] = [];

function nameIn(items: readonly { id: string; name: string }[]): (id: string | null) => string {
  return (id) => items.find((item) => item.id === id)?.name ?? id ?? '–';
}

/** Connections by their names. */
export function useConnectionNames(): { connections: Connection[]; nameOf(id: string | null): string } {
  const { data = NONE } = useQuery({
    queryKey: ['GET /api/connections', null, 'names'],
    queryFn: async ({ signal }) => (await call('GET /api/connections', { query: { limit: LIMIT }, signal })).data,
    staleTime: STALE_MS,
  });
  return { connections: data, nameOf: nameIn(data) };
}

/** Storage providers by their names. */
export function useProviderNames(): { providers: StorageProvider[]; nameOf(id: string | null): string } {
  const { data = NONE } = useQuery({
    queryKey: ['GET /api/storage-providers', null, 'names'],
    queryFn: async ({ signal }) => (await call('GET /api/storage-providers', { query: { limit: LIMIT }, signal })).data,
    staleTime: STALE_MS,
  });
  return { providers: data, nameOf: nameIn(data) };
}
