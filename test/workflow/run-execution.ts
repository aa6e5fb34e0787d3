/** Runs the synthesised state machine on a clock of its own, with tasks that do what a test tells them to. */
import { vi } from 'vitest';
import { ENTRY_METADATA } from '../../lib/constructs/service-function.ts';
import { StateMachines, type TaskRunner } from '../../lib/local/state-machines.ts';
import { readTemplate } from '../../lib/local/template.ts';
import { RESTORE_STATES } from '../../lib/workflow/states.ts';
import { synthesise } from '../support/synthesise.ts';

export type StateKey = keyof typeof RESTORE_STATES;
/** What one call of a task does. */
export type Step = (call: { input: unknown; timeoutMs: number; signal: AbortSignal }) => Promise<unknown>;
export type Script = Partial<Record<StateKey, Step[]>>;

export const RESTORE_ID = '11111111-2222-4333-8444-555555555555';
/** How long a task of these tests takes to stop. */
export const STOPPING_SECONDS = 10;

const stack = readTemplate(synthesise(), ENTRY_METADATA);
const [machine] = stack.stateMachines;
if (machine === undefined) throw new Error('the stack has no state machine');
export const { arn: machineArn, definition } = machine;

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

/** Never ends by itself; once its time is over, or the execution has ended, it takes a while to stop. */
export const hangs: Step = async ({ timeoutMs, signal }) => {
  await new Promise((resolve) => {
    setTimeout(resolve, timeoutMs);
    signal.addEventListener('abort', resolve);
  });
  await wait(STOPPING_SECONDS);
  throw new Error('the task was stopped');
};

export interface Run {
  /** Which task was called when, in seconds from the start: `Verify checksum @ 0`. */
  path: string[];
  inputs: Partial<Record<StateKey, unknown>>;
  execution: ReturnType<StateMachines['start']>;
  /** What the rules' targets were told, which of functions/ they are, and when. */
  told: { entry: string | undefined; atSeconds: number; event: unknown }[];
}

/**
 * Runs an execution to its end.
 * @throws Error when a task is called that the script does not tell about, or when some of the script was not needed.
 */
export async function runExecution(script: Script, options: { input?: unknown; stopAtSeconds?: number } = {}) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  try {
    return await run(copied(script), options);
  } finally {
    vi.useRealTimers();
  }
}

async function run(
  script: Script,
  { input = { backup_id: RESTORE_ID }, stopAtSeconds }: Parameters<typeof runExecution>[1] & {},
): Promise<Run> {
  const startedAt = Date.now();
  const seconds = () => (Date.now() - startedAt) / 1000;
  const [path, untold, inputs, told]: [string[], string[], Run['inputs'], Run['told']] = [[], [], {}, []];

  const runTask: TaskRunner = async (resource, taskInput, call) => {
    const state = stateOf(resource);
    path.push(`${RESTORE_STATES[state]} @ ${seconds()}`);
    inputs[state] = taskInput;
    const step = script[state]?.shift();
    if (step !== undefined) return step({ input: taskInput, ...call });
    untold.push(RESTORE_STATES[state]);
    throw new Error(`nobody told what ${RESTORE_STATES[state]} does`);
  };
  const machines = new StateMachines({
    machines: stack.stateMachines,
    rules: stack.executionRules,
    runTask,
    deliver: async (arn, event) => {
      told.push({ entry: stack.functions.find((fn) => fn.arn === arn)?.entry, atSeconds: seconds(), event });
    },
  });

  const execution = machines.start(machineArn, RESTORE_ID, JSON.stringify(input));
  if (stopAtSeconds !== undefined) setTimeout(() => execution.stop('Tester', 'enough'), stopAtSeconds * 1000);
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

  const left = Object.entries(script).flatMap(([state, steps]) => steps.map(() => RESTORE_STATES[state as StateKey]));
  if (untold.length > 0 || left.length > 0) {
    throw new Error(
      `called without being told: ${untold.join() || 'none'}; told but not called: ${left.join() || 'none'}; path: ${path.join(', ')}`,
    );
  }
  return { path, inputs, execution, told };
}

/** The script is used up by its run. */
function copied(script: Script): Script {
  return Object.fromEntries(Object.entries(script).map(([state, steps]) => [state, [...steps]]));
}

function stateOf(resource: string): StateKey {
  const [name] = Object.entries(definition.States).find(([, state]) => state.Resource === resource) ?? [];
  const [key] = Object.entries(RESTORE_STATES).find(([, title]) => title === name) ?? [];
  if (key === undefined) throw new Error(`no state calls ${resource}`);
  return key as StateKey;
}
