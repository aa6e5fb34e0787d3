/**
 * The wizard's calls. Each connects to a real server, so the wizard decides when to make them. They aren't repeated
 * whenever the window gets the focus.
 */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import type { RestoreBody } from './form.ts';

const ON_DEMAND = {
  staleTime: 0,
  // an earlier result must not be taken for a new one
  gcTime: 0,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
} as const;

/**
 * Logs in to a server, and says what it is.
 * @param id if undefined, nothing is tested.
 */
export function useServerTest(id: string | undefined) {
  return useQuery({
    ...ON_DEMAND,
    queryKey: ['POST /api/connections/{id}/test', id ?? null],
    queryFn: async ({ signal }) =>
      (await call('POST /api/connections/{id}/test', { id: id as string, body: {}, signal })).data,
    enabled: id !== undefined,
  });
}

/** Checks what a restore would do. It checks again each time it is enabled. */
export function usePreview(id: string, body: RestoreBody, enabled: boolean) {
  return useQuery({
    ...ON_DEMAND,
    queryKey: ['POST /api/backups/{id}/restore/preview', id, body],
    queryFn: async ({ signal }) => (await call('POST /api/backups/{id}/restore/preview', { id, body, signal })).data,
    enabled,
  });
}

/** Starts the restore only once, however often the call is sent, because every try has the same key. */
export function useStart(id: string) {
  const [key] = useState(() => crypto.randomUUID());
  return useMutation({
    mutationFn: async (body: RestoreBody) =>
      (await call('POST /api/backups/{id}/restore', { id, body, headers: { 'Idempotency-Key': key } })).data,
  });
}
