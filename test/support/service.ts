import { type LocalService, type LocalServiceOptions, startLocalService } from '../../lib/local/service.ts';
import { knownStack } from './known-stack.ts';

/** The whole service, of the stack that was synthesised once for all test files. */
export function startService(options: Omit<LocalServiceOptions, 'port'>): Promise<LocalService> {
  return startLocalService({ stack: knownStack(), port: 0, ...options });
}
