import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { InvocationResult, LambdaErrorBody } from './lambda-worker.ts';
import type { LocalFunction } from './template.ts';

const WORKER = new URL('./lambda-worker.ts', import.meta.url);
const FUNCTIONS = new URL('../../functions/', import.meta.url);
const KEPT_IDLE = 2;

/** A handler threw, or did not end in time. Name and message are what Step Functions makes of it: error and cause. */
export class LambdaError extends Error {
  constructor(body: LambdaErrorBody) {
    super(JSON.stringify(body));
    this.name = body.errorType;
  }
}

/**
 * Runs the stack's functions as Lambda does: each instance in a thread with its own environment, one event at a time,
 * kept for the next event, and ended when it takes longer than its function may.
 */
export class LambdaRuntime {
  readonly #functions: Map<string, LocalFunction>;
  readonly #environment: Record<string, string>;
  readonly #log: Writable;
  readonly #idle = new Map<string, Worker[]>();
  readonly #all = new Set<Worker>();

  /**
   * @param environment what every function gets besides its own: where the services of this machine are.
   * @param log gets what the functions print.
   */
  constructor(functions: LocalFunction[], environment: Record<string, string>, log: Writable) {
    this.#functions = new Map(functions.map((fn) => [fn.arn, fn]));
    this.#environment = environment;
    this.#log = log;
  }

  /** The ARN of the function that is made from a file of functions/. */
  arnOf(entry: string): string {
    const found = [...this.#functions.values()].find((fn) => fn.entry === entry);
    if (found === undefined) throw new Error(`the stack has no function made from ${entry}`);
    return found.arn;
  }

  /**
   * Starts an instance of each function ahead of its first event.
   * @param concurrency how many load at once.
   */
  async warm(entries: readonly string[], concurrency = 2): Promise<void> {
    const queue = [...entries];
    const loaders = Array.from({ length: concurrency }, async () => {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        const arn = this.arnOf(entry);
        this.#release(arn, await this.#start(arn));
      }
    });
    await Promise.all(loaders);
  }

  /** @throws LambdaError */
  async invoke(arn: string, event: unknown): Promise<unknown> {
    const fn = this.#functions.get(arn);
    if (fn === undefined) throw new Error(`the stack has no function ${arn}`);
    const worker = this.#idle.get(arn)?.pop() ?? (await this.#start(arn));
    const context = { functionName: fn.entry, invokedFunctionArn: arn, awsRequestId: randomUUID() };
    const timer = setTimeout(() => void worker.terminate(), fn.timeoutMs);
    const over = new AbortController();
    try {
      const answered = once(worker, 'message', { signal: over.signal }) as Promise<[InvocationResult]>;
      const died = once(worker, 'exit', { signal: over.signal }).then(() => undefined);
      answered.catch(() => {});
      died.catch(() => {});
      worker.postMessage({ event: structuredClone(event), context });
      const answer = await Promise.race([answered, died]);
      if (answer === undefined) {
        throw new LambdaError({
          errorType: 'Sandbox.Timedout',
          errorMessage: `the function ended before it answered (it may take ${fn.timeoutMs / 1000} s)`,
          trace: [],
        });
      }
      this.#release(arn, worker);
      const [result] = answer;
      if ('error' in result) throw new LambdaError(result.error);
      return result.payload;
    } finally {
      over.abort();
      clearTimeout(timer);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  async #start(arn: string): Promise<Worker> {
    const fn = this.#functions.get(arn) as LocalFunction;
    const worker = new Worker(WORKER, {
      workerData: new URL(`${fn.entry}.ts`, FUNCTIONS).href,
      env: { ...this.#environment, ...fn.environment },
      stdout: true,
      stderr: true,
    });
    this.#all.add(worker);
    worker.once('exit', () => this.#all.delete(worker));
    for (const output of [worker.stdout, worker.stderr]) output.on('data', (text) => this.#log.write(text));
    await once(worker, 'message');
    return worker;
  }

  #release(arn: string, worker: Worker): void {
    const idle = this.#idle.get(arn) ?? [];
    this.#idle.set(arn, idle);
    if (idle.length < KEPT_IDLE) idle.push(worker);
    else void worker.terminate();
  }
}
