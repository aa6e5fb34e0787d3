import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import { type LocalService, type LocalServiceOptions, startLocalService } from '../../lib/local/service.ts';
import { bundledPrograms } from './runner/bundled-programs.ts';
import { knownStack } from './stack/known-stack.ts';

/** Each request costs a core some 20 ms, and a restore in the tests takes seconds. */
const LOOK_AT_LEAST_EVERY_MS = 1000;

/** The whole service, of the stack and the programs that were made once for all test files. */
export function startService(options: Omit<LocalServiceOptions, 'port'>): Promise<LocalService> {
  return startLocalService({ stack: knownStack(), programs: bundledPrograms(), port: 0, ...options });
}

/**
 * Calls a service of this process as an administrator. It reads a restore again once the service has reported a change.
 */
export function adminClient({ url, token, events }: LocalService): ApiClient {
  return new ApiClient(url, token, async () => {
    const enough = new AbortController();
    const unsubscribe = events.subscribe(() => enough.abort());
    await sleep(LOOK_AT_LEAST_EVERY_MS, undefined, { signal: enough.signal }).catch(() => {});
    unsubscribe();
  });
}
