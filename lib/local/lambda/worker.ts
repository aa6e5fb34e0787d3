/**
 * The thread of a `LambdaInstance`. It contains every handler that was called, from the files in `workerData`. It
 * processes several events at once, as Lambda Managed Instances do, and Powertools keeps the events' log keys apart
 * with the same store as there.
 */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { InvokeStore, InvokeStoreBase } from '@aws/lambda-invoke-store';
import { COMPILE_CACHE } from './compile-cache.ts';

const { REQUEST_ID } = InvokeStoreBase.PROTECTED_KEYS;

/** The directory of the handlers' files: `functions/` itself, or its bundle. */
export interface HandlerFiles {
  /** A URL with a trailing slash. */
  directory: string;
  ending: '.ts' | '.mjs';
}

export interface Invocation {
  /** The handler's file, without its extension. */
  entry: string;
  event: unknown;
  context: { functionName: string; invokedFunctionArn: string; awsRequestId: string };
}

/** What Lambda returns to the caller if a handler threw an error. */
export interface LambdaErrorBody {
  errorType: string;
  errorMessage: string;
  trace: string[];
}

export type InvocationResult = { payload: unknown } | { error: LambdaErrorBody };

export type ToWorker = { kind: 'load'; entries: string[] } | ({ kind: 'invoke' } & Invocation) | { kind: 'ping' };

export type FromWorker =
  | { kind: 'loaded' }
  | { kind: 'answer'; requestId: string; result: InvocationResult }
  /** An error that no handler caught. The call that it belongs to has failed, and others may be affected. */
  | { kind: 'uncaught'; requestId: string; result: InvocationResult }
  | { kind: 'pong' };

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

enableCompileCache(COMPILE_CACHE);
const { directory, ending } = workerData as HandlerFiles;
const calls = await InvokeStore.getInstanceAsync();
const handlers = new Map<string, Promise<Handler>>();

process.on('uncaughtException', (error) => {
  const requestId = calls.get<string>(REQUEST_ID);
  // the error isn't from a call, so the thread ends, as an instance does
  if (requestId === undefined) throw error;
  send({ kind: 'uncaught', requestId, result: failure(error) });
});

parentPort?.on('message', async (message: ToWorker) => {
  switch (message.kind) {
    case 'ping':
      return send({ kind: 'pong' });
    case 'load':
      await Promise.allSettled(message.entries.map(handlerOf));
      return send({ kind: 'loaded' });
    case 'invoke': {
      const requestId = message.context.awsRequestId;
      const result = await calls.run({ [REQUEST_ID]: requestId }, () => invoke(message));
      return send({ kind: 'answer', requestId, result });
    }
  }
});

async function invoke({ entry, event, context }: Invocation): Promise<InvocationResult> {
  try {
    const handler = await handlerOf(entry);
    // responses are converted to JSON and back, as in Lambda
    return { payload: JSON.parse(JSON.stringify((await handler(event, context)) ?? null)) };
  } catch (error) {
    return failure(error);
  }
}

function handlerOf(entry: string): Promise<Handler> {
  let handler = handlers.get(entry);
  if (handler === undefined) {
    handler = import(`${directory}${entry}${ending}`).then((module) => module.handler as Handler);
    handlers.set(entry, handler);
  }
  return handler;
}

function failure(thrown: unknown): InvocationResult {
  const { name, message, stack = '' } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { error: { errorType: name, errorMessage: message, trace: stack.split('\n') } };
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}
