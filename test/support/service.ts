import { inject } from 'vitest';
import { type LocalService, type LocalServiceOptions, startLocalService } from '../../lib/local/service.ts';

/** The whole service, of the stack that was synthesised once for all test files. */
export function startService(options: Omit<LocalServiceOptions, 'port'>): Promise<LocalService> {
  return startLocalService({ stack: inject('stack'), port: 0, ...options });
}
