import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  endKeptGroup,
  type GroupToken,
  keepGroup,
  keptGroups,
  newGroupToken,
  TOOL_GROUPS,
} from '../../engines/programs/process-group.ts';
import { LOCAL_ACCOUNT } from '../../restores/execution/execution-arn.ts';
import type { BusEvent, EventBus } from '../aws/event-bus.ts';
import { COMPILE_CACHE } from '../lambda/compile-cache.ts';
import type { LogSink } from '../service-log.ts';
import { diskFault, notWritable } from '../state/disk-full.ts';

const TASK = fileURLToPath(new URL('./task-process.ts', import.meta.url));
const sourceOf = (program: string) =>
  fileURLToPath(new URL(`../../../containers/restore/${program}.ts`, import.meta.url));
/** How long a task may take to stop after SIGTERM, as in its definition's stopTimeout. */
const STOP_TIMEOUT_MS = 60_000;

/** The file in a task's work directory that stores the task's process group. */
const TASK_GROUP = 'task';

/** The part of `ecs:runTask.sync`'s parameters that is used here. */
interface RunTaskInput {
  Cluster: string;
  Overrides: { ContainerOverrides: { Command?: string[]; Environment: { Name: string; Value: string }[] }[] };
}

/** A failed task in Step Functions' form: the stopped ECS task as JSON. */
class TaskFailed extends Error {
  constructor(task: {
    TaskArn: string;
    StopCode: string;
    StoppedReason: string;
    Containers: { ExitCode?: number; Reason?: string }[];
  }) {
    super(JSON.stringify(task));
    this.name = 'States.TaskFailed';
  }
}

/** How to run a task's program. Pure. */
export type TaskCommand = (task: {
  /** The arguments for the image's `node`; if undefined, the image's default program. */
  args: string[];
  /** Environment variables from the task definition, the state machine and this machine. */
  environment: Record<string, string>;
  workDirectory: string;
  /** Like `workDirectory`, but accessible to other accounts: if our own account is root, servers run as another one. */
  temporaryDirectory: string;
}) => { command: string; args: string[]; env: Record<string, string> };

/**
 * Runs a task on this machine's own Node.
 * @param fileOf returns the file for a program of the image; by default its source.
 */
export function asProcess(fileOf: (program: string) => string = sourceOf): TaskCommand {
  return ({ args: [program = '', ...args], environment, workDirectory, temporaryDirectory }) => ({
    command: process.execPath,
    args: [TASK, fileOf(basename(program, '.mjs')), ...args],
    env: { ...environment, WORK_DIR: workDirectory, TMPDIR: temporaryDirectory, NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
}

export interface TaskRunnerOptions {
  /** Environment variables from the task definition, and the addresses of this machine's services. */
  environment: Record<string, string>;
  /** Each task gets a private directory in this one. It is deleted when the task ends. */
  workDirectory: string;
  command: TaskCommand;
  /** Receives the output of tasks. */
  log: LogSink;
  /** Called for every task that has stopped. */
  events: EventBus;
}

/** Runs the programs of the restore image as child processes. */
export class LocalTaskRunner {
  readonly #options: TaskRunnerOptions;
  /** The prefix of its temporary directories, by which a later runner of the same tasks finds them. */
  readonly #temporaryName: string;

  constructor(options: TaskRunnerOptions) {
    this.#options = options;
    const own = createHash('sha256').update(resolve(options.workDirectory)).digest('hex').slice(0, 16);
    this.#temporaryName = `jagad-task-${own}-`;
  }

  /**
   * Cleans up after the tasks of a killed service: tools that are still running although nothing waits for them, and
   * files. A task stops by itself once its service is gone, as if it had been told to. If it doesn't stop in time, it
   * is killed.
   * @throws Error that names the process groups that can't be ended: they may still be writing to a target.
   */
  async endLeftovers(stopTimeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    const { workDirectory } = this.#options;
    const tasks = existsSync(workDirectory) ? readdirSync(workDirectory).map((name) => join(workDirectory, name)) : [];
    const living = await Promise.all(tasks.map((task) => endGroupsOf(task, stopTimeoutMs)));
    if (living.flat().length > 0) {
      throw new Error(
        `processes of an earlier restore can't be ended: process groups ${living.flat().join(', ')}. ` +
          'End them with "kill -9 -- -NUMBER", then start again',
      );
    }
    const left = readdirSync(tmpdir()).filter((name) => name.startsWith(this.#temporaryName));
    for (const path of [workDirectory, ...left.map((name) => join(tmpdir(), name))]) remove(path);
  }

  /**
   * @throws TaskFailed if the task ends with a code other than 0, is stopped, or times out; ServiceFault, before the
   * task starts, if there is no disk space for it.
   */
  async run(input: RunTaskInput, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<unknown> {
    const overrides = input.Overrides.ContainerOverrides;
    const environment = Object.fromEntries(
      overrides.flatMap(({ Environment }) => Environment).map(({ Name, Value }) => [Name, Value]),
    );
    const taskId = randomUUID();
    const taskArn = `arn:aws:ecs:us-east-1:${LOCAL_ACCOUNT}:task/local/${taskId}`;
    const workDirectory = join(this.#options.workDirectory, taskId);
    const temporaryDirectory = this.#makeDirectories(workDirectory);
    const { command, args, env } = this.#options.command({
      args: overrides.flatMap(({ Command }) => Command ?? []),
      environment: { ...this.#options.environment, ...environment, TASK_ARN: taskArn },
      workDirectory,
      temporaryDirectory,
    });
    const token = newGroupToken();
    const child = spawn(command, args, {
      env: { ...env, ...token },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true, // a Ctrl+C is meant for the service, which then stops this process
    });
    const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
    exited.catch(() => {});
    for (const output of [child.stdout, child.stderr]) output?.on('data', (text) => this.#options.log.write(text));

    let killer: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGTERM');
      killer ??= setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    };
    const timer = setTimeout(stop, timeoutMs);
    signal.addEventListener('abort', stop);
    try {
      if (child.pid !== undefined) await this.#keep(child.pid, join(workDirectory, TASK_GROUP), token, exited);
      const [code, killedBy] = await exited;
      // a killed task may only be reported as stopped once its tools no longer write
      const living = await endGroupsOf(workDirectory, 0);
      if (code === 0) return { TaskArn: taskArn, Containers: [{ ExitCode: 0 }] };
      const reason = signal.aborted ? 'the execution was stopped' : 'Essential container in task exited';
      throw new TaskFailed({
        TaskArn: taskArn,
        StopCode: signal.aborted ? 'UserInitiated' : 'EssentialContainerExited',
        StoppedReason: reason,
        Containers: [code === null ? { Reason: `killed by ${killedBy}${stillThere(living)}` } : { ExitCode: code }],
      });
    } finally {
      clearTimeout(timer);
      clearTimeout(killer);
      signal.removeEventListener('abort', stop);
      for (const path of [workDirectory, temporaryDirectory]) remove(path);
      await this.#options.events.put(taskStopped(input, taskArn));
    }
  }

  /**
   * Stores the process group of a task that has just started.
   * @throws ServiceFault if there is no disk space for that; then the task has been ended before it could do anything
   */
  async #keep(group: number, directory: string, token: GroupToken, exited: Promise<unknown>): Promise<void> {
    try {
      keepGroup(directory, group, token);
    } catch (error) {
      process.kill(-group, 'SIGKILL');
      await exited;
      throw this.#notWritable(error);
    }
  }

  #notWritable(error: unknown): unknown {
    const reason = diskFault(error);
    return reason === undefined ? error : notWritable(`${this.#options.workDirectory} or ${tmpdir()}`, reason);
  }

  /** @returns the temporary directory. */
  #makeDirectories(workDirectory: string): string {
    try {
      mkdirSync(this.#options.workDirectory, { recursive: true, mode: 0o700 });
      // don't use `recursive`: it turns the EROFS of a read-only disk into ENOENT
      mkdirSync(workDirectory, { mode: 0o700 });
      const temporaryDirectory = mkdtempSync(join(tmpdir(), this.#temporaryName));
      chmodSync(temporaryDirectory, 0o711);
      return temporaryDirectory;
    } catch (error) {
      remove(workDirectory);
      throw this.#notWritable(error);
    }
  }
}

/**
 * Ends the process groups of a task, then those of its tools.
 * @param patienceMs how long the task itself may take to stop.
 * @returns the groups that are still running.
 */
async function endGroupsOf(workDirectory: string, patienceMs: number): Promise<number[]> {
  const living: number[] = [];
  for (const [kind, options] of [
    [TASK_GROUP, { patienceMs, killAfterMs: 0 }],
    [TOOL_GROUPS, {}],
  ] as const) {
    const ended = keptGroups(join(workDirectory, kind)).map(async (kept) => {
      if (!(await endKeptGroup(kept, options))) living.push(kept.group);
    });
    await Promise.all(ended);
  }
  return living;
}

function stillThere(groups: readonly number[]): string {
  return groups.length === 0 ? '' : `; its process groups ${groups.join(', ')} can't be ended`;
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** EventBridge's event for a task that has stopped. */
function taskStopped({ Cluster, Overrides }: RunTaskInput, taskArn: string): BusEvent {
  const containerOverrides = Overrides.ContainerOverrides.map(({ Command = [], Environment }) => ({
    command: Command,
    environment: Environment.map(({ Name, Value }) => ({ name: Name, value: Value })),
  }));
  return {
    source: 'aws.ecs',
    'detail-type': 'ECS Task State Change',
    detail: { taskArn, clusterArn: Cluster, lastStatus: 'STOPPED', overrides: { containerOverrides } },
  };
}
