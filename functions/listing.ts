/** Lists as the API answers them: a plain array, newest first, with the next page's address in `Link`. */
import { z } from 'zod';
import type { Page } from '../lib/aws/record-table.ts';
import { type ApiAnswer, type ApiEvent, json } from './http.ts';

const MAX_LIMIT = 200;
const DEFAULT_LIMIT = 50;

export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: z.string().max(2000).optional(),
});

export function listAnswer<T>(event: ApiEvent, page: Page<T>): ApiAnswer {
  if (page.cursor === undefined) return json(200, page.records);
  const query = new URLSearchParams({ ...event.queryStringParameters, cursor: page.cursor } as Record<string, string>);
  return json(200, page.records, { link: `<${event.rawPath}?${query}>; rel="next"` });
}
