import { randomUUID } from 'node:crypto';
import pLimit, { type LimitFunction } from 'p-limit';
import type { LogSink } from '../service-log.ts';
import type { LocalFunction } from '../stack/template.ts';
import { LambdaInstance } from './instance.ts';
import type { HandlerFiles, LambdaErrorBody } from './worker.ts';

const SOURCES: HandlerFiles = { directory: new URL('../../../functions/', import.meta.url).href, ending: '.ts' };
/**
 * Each thread loads its own modules, about 40 MiB. With two threads, a call that uses the CPU doesn't make all others
 * wait.
 */
const MAX_INSTANCES = 2;
/** A machine has fewer cores and less memory than Lambda, so further calls of one function wait. */
const MAX_CALLS_OF_A_FUNCTION = 4;
/**
 * Sign-ins mostly wait for their turn, and only two passwords are checked at a time. Meanwhile, calls about sessions
 * continue.
 */
const MAX_CALLS_THAT_WAIT: Readonly<Record<string, number>> = { auth: 1000 };
/**
 * Lambda sets this in instances that process several events at once. Powertools uses it to keep the events' log keys
 * apart.
 */
const CONCURRENCY = { AWS_LAMBDA_MAX_CONCURRENCY: '64' };

/** A handler threw an error, or didn't end in time. Step Functions takes name and message as error and cause. */
export class LambdaError extends Error {
  constructor(body: LambdaErrorBody) {
    super(JSON.stringify(body));
    this.name = body.errorType;
  }
}

interface RunnableFunction extends LocalFunction {
  limit: LimitFunction;
}

/** Runs the stack's functions as Lambda does, in two threads that contain all of them. */
export class LambdaRuntime {
  readonly #functions: Map<string, RunnableFunction>;
  readonly #environment: Record<string, string>;
  readonly #log: LogSink;
  readonly #handlers: HandlerFiles;
  /** Includes retired threads that still have calls. */
  readonly #instances = new Set<LambdaInstance>();

  /**
   * @param environment variables that every function gets in addition to its own: the addresses of this machine's
   * services.
   * @param log receives the functions' output.
   * @param handlers the files that the functions are made from
   */
  constructor(functions: LocalFunction[], environment: Record<string, string>, log: LogSink, handlers = SOURCES) {
    this.#functions = new Map(
      functions.map((fn) => {
        const limit = pLimit(MAX_CALLS_THAT_WAIT[fn.entry] ?? MAX_CALLS_OF_A_FUNCTION);
        return [fn.arn, { ...fn, limit }];
      }),
    );
    this.#environment = { ...environment, ...CONCURRENCY, ...sharedEnvironment(functions) };
    this.#log = log;
    this.#handlers = handlers;
  }

  /** The ARN of the function made from a file of functions/. */
  arnOf(entry: string): string {
    const found = [...this.#functions.values()].find((fn) => fn.entry === entry);
    if (found === undefined) throw new Error(`the stack has no function made from ${entry}`);
    return found.arn;
  }

  /** Loads handlers before their first event. */
  warm(entries: string[]): Promise<void> {
    return this.#leastBusy().load(entries);
  }

  /** @throws LambdaError */
  async invoke(arn: string, event: unknown): Promise<unknown> {
    const fn = this.#functions.get(arn);
    if (fn === undefined) throw new Error(`the stack has no function ${arn}`);
    const { entry, timeoutMs } = fn;
    const context = { functionName: entry, invokedFunctionArn: arn, awsRequestId: randomUUID() };
    const result = await fn.limit(() => this.#leastBusy().call({ entry, event, context }, timeoutMs));
    if ('error' in result) throw new LambdaError(result.error);
    return result.payload;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#instances].map((instance) => instance.terminate()));
  }

  /**
   * An idle instance if there is one; otherwise a new one if another is allowed; otherwise the one with the fewest
   * calls.
   */
  #leastBusy(): LambdaInstance {
    const working = [...this.#instances].filter(({ isWorking }) => isWorking);
    const [first] = working.toSorted((a, b) => a.callsUnderWay - b.callsUnderWay);
    if (first !== undefined && (first.callsUnderWay === 0 || working.length === MAX_INSTANCES)) return first;
    const instance = new LambdaInstance(this.#handlers, this.#environment, this.#log);
    this.#instances.add(instance);
    void instance.ended.then(() => this.#instances.delete(instance));
    return instance;
  }
}

/**
 * All functions' variables combined.
 * @throws Error if two functions have different values for one.
 */
function sharedEnvironment(functions: LocalFunction[]): Record<string, string> {
  const shared = new Map<string, string>();
  for (const { entry, environment } of functions) {
    for (const [name, value] of Object.entries(environment)) {
      if ((shared.get(name) ?? value) !== value)
        throw new Error(`${entry} has a different ${name} from the other functions`);
      shared.set(name, value);
    }
  }
  return Object.fromEntries(shared);
}
