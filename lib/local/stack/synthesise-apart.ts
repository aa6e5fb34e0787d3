import { fork } from 'node:child_process';
import { once } from 'node:events';
import { COMPILE_CACHE } from '../lambda/compile-cache.ts';
import type { LocalStack } from './template.ts';

const PROGRAM = new URL('./stack-process.ts', import.meta.url);

/**
 * Like `synthesise`, but in a process of its own that then ends: the CDK takes about 300 MiB, which the service would
 * otherwise hold as long as it runs.
 * @param directory receives what the CDK writes.
 */
export async function synthesiseApart(directory: string): Promise<LocalStack> {
  const child = fork(PROGRAM, [directory], { env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE } });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the stack was not synthesised: the process ended with ${code}`);
  });
  ended.catch(() => {});
  const [stack] = (await Promise.race([once(child, 'message'), ended])) as [LocalStack];
  return stack;
}
