import type { LocalStack } from '../../lib/local/template.ts';

declare module 'vitest' {
  /** What `global-setup.ts` makes once for all test files. */
  interface ProvidedContext {
    stack: LocalStack;
  }
}
