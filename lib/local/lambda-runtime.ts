import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { InvocationResult, LambdaErrorBody } from './lambda-worker.ts';
import type { LocalFunction } from './template.ts';

const WORKER = new URL('./lambda-worker.ts', import.meta.url);
const FUNCTIONS = new URL('../../functions/', import.meta.url);
/** A machine has fewer cores than Lambda; what comes on top waits for an instance. */
const MAX_INSTANCES = 4;

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
  readonly #pools = new Map<string, Pool>();

  /**
   * @param environment what every function gets besides its own: where the services of this machine are.
   * @param log gets what the functions print.
   */
  constructor(functions: LocalFunction[], environment: Record<string, string>, log: Writable) {
    this.#functions = new Map(functions.map((fn) => [fn.arn, fn]));
    this.#environment = environment;
    this.#log = log;
    for (const fn of functions) this.#pools.set(fn.arn, { idle: [], instances: new Set(), waiting: [] });
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
        this.#release(arn, await this.#acquire(arn));
      }
    });
    await Promise.all(loaders);
  }

  /** @throws LambdaError */
  async invoke(arn: string, event: unknown): Promise<unknown> {
    const fn = this.#functions.get(arn);
    if (fn === undefined) throw new Error(`the stack has no function ${arn}`);
    const worker = await this.#acquire(arn);
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
      const [result] = answer;
      if ('error' in result) throw new LambdaError(result.error);
      return result.payload;
    } finally {
      over.abort();
      clearTimeout(timer);
      this.#release(arn, worker);
    }
  }

  async stop(): Promise<void> {
    const instances = [...this.#pools.values()].flatMap((pool) => [...pool.instances]);
    await Promise.all(instances.map((worker) => worker.terminate()));
  }

  async #acquire(arn: string): Promise<Worker> {
    const pool = this.#pools.get(arn) as Pool;
    const idle = pool.idle.pop();
    if (idle !== undefined) return idle;
    if (pool.instances.size >= MAX_INSTANCES) return new Promise((resolve) => pool.waiting.push(resolve));
    const worker = this.#start(this.#functions.get(arn) as LocalFunction);
    pool.instances.add(worker);
    worker.once('exit', () => pool.instances.delete(worker));
    await once(worker, 'message'); // it has loaded its handler
    return worker;
  }

  /** Gives the instance to who waits longest. One that has ended is replaced. */
  #release(arn: string, worker: Worker): void {
    const pool = this.#pools.get(arn) as Pool;
    const isAlive = pool.instances.has(worker);
    const next = pool.waiting.shift();
    if (next === undefined) {
      if (isAlive) pool.idle.push(worker);
    } else if (isAlive) next(worker);
    else next(this.#acquire(arn));
  }

  #start(fn: LocalFunction): Worker {
    const worker = new Worker(WORKER, {
      workerData: new URL(`${fn.entry}.ts`, FUNCTIONS).href,
      env: { ...this.#environment, ...fn.environment },
      stdout: true,
      stderr: true,
    });
    for (const output of [worker.stdout, worker.stderr]) output.on('data', (text) => this.#log.write(text));
    return worker;
  }
}

/** The instances of one function. */
interface Pool {
  idle: Worker[];
  instances: Set<Worker>;
  /** Who waits for one, first come first. */
  waiting: ((worker: Worker | Promise<Worker>) => void)[];
}
