/**
 * One thread with every handler. It is *working* until a call times out or leaves an uncaught error; then it is
 * *retired*: it takes no new call, and ends once its remaining calls are done, or at once if its event loop doesn't
 * respond. It also *ends* if its thread dies. In any case, each call gets exactly one response.
 */
import { Worker } from 'node:worker_threads';
import type { LogSink } from '../service-log.ts';
import type { FromWorker, HandlerFiles, Invocation, InvocationResult, ToWorker } from './worker.ts';

const WORKER = new URL('./worker.ts', import.meta.url);
/** Handlers keep little memory for long, so a higher limit would only hold more memory. */
const YOUNG_GENERATION_MIB = 8;
/** If a retired thread hasn't responded for this long, it is stuck, and so are its remaining calls. */
const STUCK_MS = 2000;

export class LambdaInstance {
  readonly #worker: Worker;
  /** The callbacks of running calls, by request id. */
  readonly #calls = new Map<string, (result: InvocationResult) => void>();
  readonly #loading: (() => void)[] = [];
  /** Settles when the thread has ended and every call has a response. */
  readonly ended: Promise<void>;
  #isWorking = true;
  #stuck: NodeJS.Timeout | undefined;

  /** @param log receives the handlers' output. */
  constructor(handlers: HandlerFiles, environment: Record<string, string>, log: LogSink) {
    this.#worker = new Worker(WORKER, {
      workerData: handlers,
      env: environment,
      stdout: true,
      stderr: true,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
    });
    for (const output of [this.#worker.stdout, this.#worker.stderr]) output.on('data', (text) => log.write(text));
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    // the log says why it died; without a listener, the error would end this process
    this.#worker.on('error', (error) => log.write(`a thread of handlers died: ${(error as Error).stack}\n`));
    this.ended = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        this.#end();
        resolve();
      }),
    );
  }

  /** Whether it may get new calls. */
  get isWorking(): boolean {
    return this.#isWorking;
  }

  get callsUnderWay(): number {
    return this.#calls.size;
  }

  /** Imports handlers before their first call. If a handler can't be imported, its call fails. */
  async load(entries: string[]): Promise<void> {
    const loaded = new Promise<void>((resolve) => this.#loading.push(resolve));
    this.#send({ kind: 'load', entries });
    await loaded;
  }

  async call(invocation: Invocation, timeoutMs: number): Promise<InvocationResult> {
    const { awsRequestId } = invocation.context;
    const answered = new Promise<InvocationResult>((resolve) => this.#calls.set(awsRequestId, resolve));
    const timer = setTimeout(() => {
      this.#answer(awsRequestId, sandboxError('Timedout', `the function did not answer within ${timeoutMs / 1000} s`));
      this.#retire();
    }, timeoutMs);
    this.#send({ kind: 'invoke', ...invocation });
    try {
      return await answered;
    } finally {
      clearTimeout(timer);
    }
  }

  async terminate(): Promise<void> {
    this.#isWorking = false;
    await this.#worker.terminate();
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'pong') clearTimeout(this.#stuck);
    else if (message.kind === 'loaded') this.#loading.shift()?.();
    else {
      this.#answer(message.requestId, message.result);
      if (message.kind === 'uncaught') this.#retire();
    }
  }

  #answer(requestId: string, result: InvocationResult): void {
    this.#calls.get(requestId)?.(result);
    this.#calls.delete(requestId);
    if (!this.#isWorking && this.#calls.size === 0) void this.#worker.terminate();
  }

  #retire(): void {
    if (!this.#isWorking) return;
    this.#isWorking = false;
    if (this.#calls.size === 0) {
      void this.#worker.terminate();
      return;
    }
    this.#stuck = setTimeout(() => void this.#worker.terminate(), STUCK_MS);
    this.#send({ kind: 'ping' });
  }

  #end(): void {
    this.#isWorking = false;
    clearTimeout(this.#stuck);
    for (const loaded of this.#loading) loaded();
    for (const requestId of [...this.#calls.keys()]) {
      this.#answer(requestId, sandboxError('Ended', 'the function ended before it answered'));
    }
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}

function sandboxError(type: string, errorMessage: string): InvocationResult {
  return { error: { errorType: `Sandbox.${type}`, errorMessage, trace: [] } };
}
