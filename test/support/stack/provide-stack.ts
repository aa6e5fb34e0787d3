import { provideStack } from './known-stack.ts';

/** Synthesises the stack once for all test files. */
export default function setup(): Promise<() => void> {
  return provideStack();
}
