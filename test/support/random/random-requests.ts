/** Random requests to every call of the API. */
import { expect } from 'vitest';
import { openApiDocument } from '../../../lib/api/openapi.ts';
import { type NamedRoute, ROUTE_LIST } from '../../../lib/api/routes.ts';
import type { LocalService } from '../../../lib/local/service.ts';
import { type JsonSchema, randomValue } from './random-json.ts';

const AT_ONCE = 8;

const document = openApiDocument('0') as {
  paths: Record<string, Record<string, { requestBody?: { content: { 'application/json': { schema: JsonSchema } } } }>>;
};

/** Of the body that a call takes. */
export function schemaOf({ path, method }: NamedRoute): JsonSchema {
  return document.paths[path]?.[method.toLowerCase()]?.requestBody?.content['application/json'].schema ?? {};
}

/** All that refused requests must not change. */
export async function state({ records }: LocalService): Promise<unknown[]> {
  const { connections, storageProviders, backups, restores, users, jobs, settings } = records;
  const all: unknown[] = [await settings.get()];
  for (const table of [connections, storageProviders, backups, restores, users, jobs]) {
    for await (const record of table.all()) all.push(record);
  }
  return all;
}

/**
 * Each is refused or answered, and no response reveals the code.
 * @param random 0 up to 1
 */
export async function sendRandomRequests(service: LocalService, count: number, random: () => number): Promise<void> {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const route = pick(ROUTE_LIST);
        const id = pick([crypto.randomUUID(), '..', '%00', "'", 'x'.repeat(300), '%F0%9F%92%A9', '-1']);
        const query =
          random() < 0.2
            ? `?${pick(['limit', 'cursor', 'status', 'since'])}=${encodeURIComponent(String(randomValue({}, random)))}`
            : '';
        const value = route.body === undefined ? undefined : randomValue(schemaOf(route), random);
        // a field that no call knows makes the request invalid, whatever else is right
        const body =
          value === undefined ? undefined : JSON.stringify(isObject(value) ? { ...value, [`x${sent}`]: 1 } : value);
        const answer = await fetch(`${service.url}${route.path.replace('{id}', id)}${query}`, {
          method: route.method,
          redirect: 'manual',
          headers: { authorization: `Bearer ${service.token}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body }),
        });
        const text = await answer.text();
        expect(answer.status, `${route.key} ${id} ${query} ${body} ${text}`).toBeLessThan(500);
        expect(text).not.toMatch(/\bat .*\.(ts|js|mjs):\d+|node_modules/);
      }),
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
