import {
  ExecutionAbortedError,
  ExecutionError,
  ExecutionTimeoutError,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import { type ListeningServer, ServiceFault, serveJsonService } from './json-service.ts';
import type { LocalExecutionRule, LocalStateMachine } from './template.ts';

/** Carries out one Task state. The signal says that the execution was stopped or has timed out. */
export type TaskRunner = (
  resource: string,
  input: unknown,
  options: { timeoutMs: number; signal: AbortSignal },
) => Promise<unknown>;

export interface StateMachinesOptions {
  machines: LocalStateMachine[];
  rules: LocalExecutionRule[];
  runTask: TaskRunner;
  /** Delivers an event of a rule to one of its targets. */
  deliver: (targetArn: string, event: unknown) => Promise<unknown>;
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
  stop(error?: string, cause?: string): void;
  /** Settles when the execution has ended, its tasks have stopped and its rules have been told. */
  ended: Promise<void>;
}

/** Runs the deployed state machines on this machine, and tells the stack's rules of their ends. */
export class StateMachines {
  readonly #options: StateMachinesOptions;
  readonly #executions = new Map<string, Execution>();

  constructor(options: StateMachinesOptions) {
    this.#options = options;
  }

  /**
   * @param input JSON
   * @throws ServiceFault as Step Functions does: no such machine, or an execution of that name.
   */
  start(machineArn: string, name: string, input: string): Execution {
    const machine = this.#options.machines.find(({ arn }) => arn === machineArn);
    if (machine === undefined) throw new ServiceFault('StateMachineDoesNotExist', machineArn);
    const arn = `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    if (this.#executions.has(arn)) throw new ServiceFault('ExecutionAlreadyExists', arn);

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
      stop(error, cause) {
        if (execution.status !== 'RUNNING') return;
        Object.assign(execution, { error, cause });
        // first: the library ends a wait before a retry by running the task once more
        stopping.abort();
        run.abort();
      },
      ended: run.result.then(
        (output) => this.#end(execution, { status: 'SUCCEEDED', output: JSON.stringify(output) }),
        async (error: unknown) => {
          stopping.abort();
          await Promise.allSettled(tasks);
          await this.#end(execution, endOf(error));
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

  /** Stops what runs, and waits until it has ended. */
  async stop(cause: string): Promise<void> {
    const running = [...this.#executions.values()].filter(({ status }) => status === 'RUNNING');
    for (const execution of running) execution.stop('ServiceStopped', cause);
    await Promise.all([...this.#executions.values()].map(({ ended }) => ended));
  }

  /** Tells the rules that an execution has ended; also of one that died with an earlier process. */
  async tellRules(detail: {
    executionArn: string;
    stateMachineArn: string;
    name: string;
    status: string;
    error?: string | undefined;
    cause?: string | undefined;
  }): Promise<void> {
    const event = { source: 'aws.states', 'detail-type': 'Step Functions Execution Status Change', detail };
    for (const rule of this.#options.rules) {
      if (!rule.stateMachineArns.includes(detail.stateMachineArn) || !rule.statuses.includes(detail.status)) continue;
      for (const target of rule.targetArns) await this.#options.deliver(target, event);
    }
  }

  async #end(execution: Execution, end: Partial<Execution>): Promise<void> {
    Object.assign(execution, end, { endedAt: new Date() });
    const { arn, machineArn, name, status, error, cause } = execution;
    const detail = { executionArn: arn, stateMachineArn: machineArn, name, status, error, cause };
    await this.tellRules(detail).catch((failure: unknown) =>
      console.error(`a rule's target failed for ${arn}:`, failure),
    );
  }

  #taskHandlers({ definition }: LocalStateMachine, tasks: Set<Promise<unknown>>, signal: AbortSignal) {
    const states = Object.entries(definition.States).filter(([, state]) => state.Type === 'Task');
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

function endOf(error: unknown): Partial<Execution> {
  if (error instanceof ExecutionAbortedError) return { status: 'ABORTED' };
  if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT', error: 'States.Timeout' };
  const cause = error instanceof ExecutionError ? (error.cause as Error) : (error as Error);
  return { status: 'FAILED', error: cause.name, cause: cause.message };
}

/** Serves the part of Step Functions that the service calls. */
export function serveStateMachines(machines: StateMachines): Promise<ListeningServer> {
  const seconds = (date: Date | undefined) => (date === undefined ? undefined : date.getTime() / 1000);
  return serveJsonService({
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
  });
}
