import {
  ExecutionAbortedError,
  ExecutionError,
  ExecutionTimeoutError,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import { executionArnOf } from '../../restores/execution/execution-arn.ts';
import type { LocalCredentials } from '../aws/credentials.ts';
import type { BusEvent, EventBus } from '../aws/event-bus.ts';
import { type ListeningServer, serveJsonService } from '../aws/json-service.ts';
import { ServiceFault } from '../aws/service-fault.ts';
import { allStates, type LocalStateMachine } from '../stack/template.ts';
import { ExecutionHistory } from './execution-history.ts';

/** How many ended executions can still be queried. Each keeps its history, and a service may run for months. */
const KEPT_EXECUTIONS = 200;

/** Runs one Task state. The signal is aborted if the execution was stopped or has timed out. */
export type TaskRunner = (
  resource: string,
  input: unknown,
  options: { timeoutMs: number; signal: AbortSignal },
) => Promise<unknown>;

export interface StateMachinesOptions {
  machines: LocalStateMachine[];
  runTask: TaskRunner;
  /** Called at the end of every execution. */
  events: EventBus;
}

/** The parameters of `states:startExecution.sync:2`. */
export interface NestedExecution {
  StateMachineArn: string;
  Name: string;
  Input: unknown;
}

interface Execution {
  arn: string;
  name: string;
  machineArn: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  startedAt: Date;
  endedAt?: Date;
  input: string;
  output?: string;
  error?: string;
  cause?: string;
  history: ExecutionHistory;
  stop(error?: string, cause?: string): void;
  /** Settles when the execution has ended, its tasks have stopped and its rules have been called. */
  ended: Promise<void>;
}

/** Runs the deployed state machines on this machine. When an execution ends, it calls the stack's rules. */
export class StateMachines {
  readonly #options: StateMachinesOptions;
  readonly #executions = new Map<string, Execution>();

  constructor(options: StateMachinesOptions) {
    this.#options = options;
  }

  /**
   * @param input JSON
   * @throws ServiceFault like Step Functions: the machine doesn't exist, or an execution with that name does.
   */
  start(machineArn: string, name: string, input: string): Execution {
    const machine = this.#options.machines.find(({ arn }) => arn === machineArn);
    if (machine === undefined) throw new ServiceFault('StateMachineDoesNotExist', machineArn);
    const arn = executionArnOf(machineArn, name);
    const known = this.#executions.get(arn);
    if (known !== undefined) {
      // if the same call is repeated while the execution runs, it returns what the first one did
      if (known.status === 'RUNNING' && known.input === input) return known;
      throw new ServiceFault('ExecutionAlreadyExists', arn);
    }

    const startedAt = new Date();
    const tasks = new Set<Promise<unknown>>();
    const stopping = new AbortController();
    const { definition } = machine;
    const run = new StateMachine(definition as StateMachineDefinition, { validationOptions: { noValidate: true } }).run(
      JSON.parse(input),
      {
        overrides: { taskResourceLocalHandlers: this.#taskHandlers(machine, tasks, stopping.signal) as never },
        context: {
          Execution: { Id: arn, Name: name, StartTime: startedAt.toISOString(), Input: JSON.parse(input) },
          StateMachine: { Id: machineArn },
        } as never,
      },
    );
    const execution: Execution = {
      arn,
      name,
      machineArn,
      status: 'RUNNING',
      startedAt,
      input,
      history: new ExecutionHistory(run),
      stop(error, cause) {
        if (execution.status !== 'RUNNING') return;
        // the status changes at once, as on AWS; the tasks stop after that
        Object.assign(execution, { status: 'ABORTED', error, cause });
        // do this first: the library ends a wait before a retry by running the task once more
        stopping.abort();
        run.abort();
      },
      ended: run.result.then(
        (output) => this.#end(execution, { status: 'SUCCEEDED', output: JSON.stringify(output) }),
        async (error: unknown) => {
          const end = endOf(error);
          Object.assign(execution, end);
          stopping.abort();
          await Promise.allSettled(tasks);
          await this.#end(execution, end);
        },
      ),
    };
    this.#executions.set(arn, execution);
    return execution;
  }

  get(arn: string): Execution {
    const execution = this.#executions.get(arn);
    if (execution === undefined) throw new ServiceFault('ExecutionDoesNotExist', arn);
    return execution;
  }

  /**
   * Runs `states:startExecution.sync:2`: runs an execution to its end. If the execution that started it is stopped, it
   * is stopped too.
   * @throws an error named States.TaskFailed, with the execution as JSON, if it doesn't succeed.
   */
  async runNested(input: NestedExecution, signal: AbortSignal): Promise<unknown> {
    const execution = this.start(input.StateMachineArn, input.Name, JSON.stringify(input.Input));
    const stop = () => execution.stop('ParentStopped', 'the execution that started it was stopped');
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    await execution.ended;
    signal.removeEventListener('abort', stop);
    const { arn, name, status, output, error, cause } = execution;
    const told = { ExecutionArn: arn, Name: name, Status: status, Output: output, Error: error, Cause: cause };
    if (status === 'SUCCEEDED') return told;
    throw Object.assign(new Error(JSON.stringify(told)), { name: 'States.TaskFailed' });
  }

  /** Every running execution, and the most recently ended ones. The one that started last comes last. */
  all(): Execution[] {
    return [...this.#executions.values()];
  }

  /** Stops running executions, and waits until they have ended. */
  async stop(cause: string): Promise<void> {
    const running = [...this.#executions.values()].filter(({ status }) => status === 'RUNNING');
    for (const execution of running) execution.stop('ServiceStopped', cause);
    await Promise.all([...this.#executions.values()].map(({ ended }) => ended));
  }

  async #end(execution: Execution, end: Partial<Execution>): Promise<void> {
    Object.assign(execution, end, { endedAt: new Date() });
    const { arn, machineArn, name, status, input, error, cause } = execution;
    const detail = { executionArn: arn, stateMachineArn: machineArn, name, status, input, error, cause };
    await this.#options.events.put(executionEnded(detail));
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const ended = [...this.#executions.values()].filter(({ endedAt }) => endedAt !== undefined);
    for (const { arn } of ended.slice(0, -KEPT_EXECUTIONS)) this.#executions.delete(arn);
  }

  #taskHandlers({ definition }: LocalStateMachine, tasks: Set<Promise<unknown>>, signal: AbortSignal) {
    const states = allStates(definition).filter(([, state]) => state.Type === 'Task');
    return Object.fromEntries(
      states.map(([name, { Resource = '', TimeoutSeconds }]) => [
        name,
        (input: unknown) => {
          if (TimeoutSeconds === undefined) throw new Error(`the state ${name} has no TimeoutSeconds`);
          if (signal.aborted) throw new ExecutionAbortedError();
          const task = this.#options.runTask(Resource, input, { timeoutMs: TimeoutSeconds * 1000, signal });
          tasks.add(task);
          return task.finally(() => tasks.delete(task));
        },
      ]),
    );
  }
}

/** EventBridge's event for an execution's end. */
export function executionEnded(detail: Record<string, unknown>): BusEvent {
  return { source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail };
}

function endOf(error: unknown): Partial<Execution> {
  if (error instanceof ExecutionAbortedError) return { status: 'ABORTED' };
  if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT', error: 'States.Timeout' };
  const cause = error instanceof ExecutionError ? (error.cause as Error) : (error as Error);
  return { status: 'FAILED', error: cause.name, cause: cause.message };
}

/** Serves the part of Step Functions that the service uses. */
export function serveStateMachines(machines: StateMachines, credentials: LocalCredentials): Promise<ListeningServer> {
  const seconds = (date: Date | undefined) => (date === undefined ? undefined : date.getTime() / 1000);
  return serveJsonService(
    {
      StartExecution: ({ stateMachineArn, name, input }: Record<'stateMachineArn' | 'name' | 'input', string>) => {
        const { arn, startedAt } = machines.start(stateMachineArn, name, input);
        return { executionArn: arn, startDate: seconds(startedAt) };
      },
      StopExecution: ({ executionArn, error, cause }: Record<'executionArn' | 'error' | 'cause', string>) => {
        machines.get(executionArn).stop(error, cause);
        return { stopDate: seconds(new Date()) };
      },
      DescribeExecution: ({ executionArn }: { executionArn: string }) => {
        const { arn, machineArn, name, status, startedAt, endedAt, input, output, error, cause } =
          machines.get(executionArn);
        const dates = { startDate: seconds(startedAt), stopDate: seconds(endedAt) };
        return { executionArn: arn, stateMachineArn: machineArn, name, status, input, output, error, cause, ...dates };
      },
      GetExecutionHistory: ({ executionArn }: { executionArn: string }) => {
        const { history, status, endedAt } = machines.get(executionArn);
        return { events: history.events(status, endedAt) };
      },
    },
    { service: 'states', credentials },
  );
}
