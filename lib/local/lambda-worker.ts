/** One Lambda instance: loads a handler and calls it, one event at a time, as Lambda's own runtime does. */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { COMPILE_CACHE } from './compile-cache.ts';

export interface Invocation {
  event: unknown;
  context: { functionName: string; invokedFunctionArn: string; awsRequestId: string };
}

/** What Lambda tells the caller of an error that a handler threw. */
export interface LambdaErrorBody {
  errorType: string;
  errorMessage: string;
  trace: string[];
}

export type InvocationResult = { payload: unknown } | { error: LambdaErrorBody };

enableCompileCache(COMPILE_CACHE);
const { handler } = (await import(workerData as string)) as {
  handler(event: unknown, context: unknown): Promise<unknown>;
};

parentPort?.on('message', async ({ event, context }: Invocation) => {
  parentPort?.postMessage(await invoke(event, context));
});
parentPort?.postMessage('ready');

async function invoke(event: unknown, context: Invocation['context']): Promise<InvocationResult> {
  try {
    // what is answered has gone through JSON, as in Lambda
    return { payload: JSON.parse(JSON.stringify((await handler(event, context)) ?? null)) };
  } catch (error) {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return { error: { errorType: name, errorMessage: message, trace: stack.split('\n') } };
  }
}
