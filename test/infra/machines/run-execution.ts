/** Runs the synthesised state machines on a clock of their own, with tasks that do what a test tells them to. */
import { vi } from 'vitest';
import { EventBus } from '../../../lib/local/aws/event-bus.ts';
import { StateMachines, type TaskRunner } from '../../../lib/local/executions/state-machines.ts';
import { type AslDefinition, allStates } from '../../../lib/local/stack/template.ts';
import { executionArnOf } from '../../../lib/restores/execution/execution-arn.ts';
import { knownStack } from '../../support/stack/known-stack.ts';

/** What one call of a task does. */
export type Step = (call: { input: unknown; timeoutMs: number; signal: AbortSignal }) => Promise<unknown>;
/** What the states do, by their keys in the machine's list of names. */
export type Script<Key extends string> = Partial<Record<Key, Step[]>>;

/** The executions' name: of a restore, its id. */
export const EXECUTION_NAME = '11111111-2222-4333-8444-555555555555';
/** How long a task of these tests takes to stop. */
export const STOPPING_SECONDS = 10;

export const stack = knownStack();

const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

export function answers(value: unknown, afterSeconds = 0): Step {
  return async () => {
    if (afterSeconds > 0) await wait(afterSeconds);
    return value;
  };
}

export function fails(error: Error, afterSeconds = 0): Step {
  return async () => {
    if (afterSeconds > 0) await wait(afterSeconds);
    throw error;
  };
}

/** Never ends by itself; after its time limit, or the end of the execution, it takes a while to stop. */
export const hangs: Step = async ({ timeoutMs, signal }) => {
  await new Promise((resolve) => {
    setTimeout(resolve, timeoutMs);
    signal.addEventListener('abort', resolve);
  });
  await wait(STOPPING_SECONDS);
  throw new Error('the task was stopped');
};

export interface Run<Key extends string> {
  /** Which task was called when, in seconds from the start: `Verify checksum @ 0`. */
  path: string[];
  inputs: Partial<Record<Key, unknown>>;
  execution: ReturnType<StateMachines['start']>;
  /** The execution's status right after it was told to stop. */
  statusWhenStopped: string | undefined;
  /** What the rules' targets were told, which of functions/ they are, and when. */
  told: { entry: string | undefined; atSeconds: number; event: unknown }[];
}

export interface RunOptions {
  input?: unknown;
  stopAtSeconds?: number;
}

/** One of the stack's state machines. */
export interface TestedMachine<Key extends string> {
  arn: string;
  definition: AslDefinition;
  executionArn: string;
  /**
   * Runs an execution to its end.
   * @throws Error when a task is called that the script does not tell about, or when some of the script was not needed.
   */
  run(script: Script<Key>, options?: RunOptions): Promise<Run<Key>>;
}

/** The only machine of the stack that has these states. */
export function machineOf<Key extends string>(names: Record<Key, string>): TestedMachine<Key> {
  const wanted = Object.values<string>(names).sort().join();
  const statesOf = (definition: AslDefinition) => allStates(definition).map(([name]) => name);
  const machine = stack.stateMachines.find(({ definition }) => statesOf(definition).sort().join() === wanted);
  if (machine === undefined) throw new Error(`the stack has no state machine of these states: ${wanted}`);
  const { arn, definition } = machine;
  return {
    arn,
    definition,
    executionArn: executionArnOf(arn, EXECUTION_NAME),
    run: async (script, options = {}) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
      try {
        return await run(arn, definition, names, copied(script), options);
      } finally {
        vi.useRealTimers();
      }
    },
  };
}

async function run<Key extends string>(
  machineArn: string,
  definition: AslDefinition,
  names: Record<Key, string>,
  script: Script<Key>,
  { input = {}, stopAtSeconds }: RunOptions,
): Promise<Run<Key>> {
  const startedAt = Date.now();
  const seconds = () => (Date.now() - startedAt) / 1000;
  const path: string[] = [];
  const untold: string[] = [];
  const inputs: Run<Key>['inputs'] = {};
  const told: Run<Key>['told'] = [];

  const runTask: TaskRunner = async (resource, taskInput, call) => {
    const state = keyOf(names, stateOf(definition, resource, taskInput));
    path.push(`${names[state]} @ ${seconds()}`);
    inputs[state] = taskInput;
    const step = script[state]?.shift();
    if (step !== undefined) return step({ input: taskInput, ...call });
    untold.push(names[state]);
    throw new Error(`nobody told what ${names[state]} does`);
  };
  const events = new EventBus(stack.rules, async (arn, event) => {
    told.push({ entry: stack.functions.find((fn) => fn.arn === arn)?.entry, atSeconds: seconds(), event });
  });
  const machines = new StateMachines({ machines: stack.stateMachines, events, runTask });

  const execution = machines.start(machineArn, EXECUTION_NAME, JSON.stringify(input));
  let statusWhenStopped: string | undefined;
  const stop = () => {
    execution.stop('Tester', 'enough');
    statusWhenStopped = execution.status;
  };
  if (stopAtSeconds !== undefined) setTimeout(stop, stopAtSeconds * 1000);
  let ended = false;
  void execution.ended.then(() => {
    ended = true;
  });
  for (let idle = 0; !ended; ) {
    await new Promise(setImmediate);
    idle = vi.getTimerCount() === 0 ? idle + 1 : 0;
    if (idle > 100) throw new Error(`the execution hangs after ${path.join(', ')}`);
    if (!ended) await vi.advanceTimersToNextTimerAsync();
  }

  const left = Object.entries<Step[] | undefined>(script).flatMap(([state, steps = []]) =>
    steps.map(() => names[state as Key]),
  );
  if (untold.length > 0 || left.length > 0) {
    throw new Error(
      `called without being told: ${untold.join() || 'none'}; told but not called: ${left.join() || 'none'}; path: ${path.join(', ')}`,
    );
  }
  return { path, inputs, execution, statusWhenStopped, told };
}

/** The script is used up by its run. */
function copied<Key extends string>(script: Script<Key>): Script<Key> {
  const entries = Object.entries<Step[] | undefined>(script).map(([state, steps = []]) => [state, [...steps]]);
  return Object.fromEntries(entries) as Script<Key>;
}

/** The name of the state that calls a resource; two that do differ in the task's program, or in the end that they record. */
function stateOf(definition: AslDefinition, resource: string, input: unknown): string {
  const found = allStates(definition).filter(
    ([, state]) => state.Resource === resource && whichOf(state.Parameters) === whichOf(input),
  );
  const [[name] = []] = found;
  if (name === undefined || found.length > 1) throw new Error(`${found.length} states call ${resource}`);
  return name;
}

function whichOf(parameters: unknown): string | undefined {
  const { Overrides, end } = (parameters ?? {}) as {
    Overrides?: { ContainerOverrides: { Command: string[] }[] };
    end?: string;
  };
  return end ?? Overrides?.ContainerOverrides.flatMap(({ Command }) => Command).join(' ');
}

function keyOf<Key extends string>(names: Record<Key, string>, name: string): Key {
  const [key] = Object.entries(names).find(([, title]) => title === name) ?? [];
  if (key === undefined) throw new Error(`no key is called ${name}`);
  return key as Key;
}
