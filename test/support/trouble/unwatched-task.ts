/**
 * A second task of the same restore, as happens in ECS if it started one and its response was lost: the state machine
 * calls again, and only watches the task of the last call. Here, the test plays ECS: it runs the second task, and
 * reports its end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventBus } from '../../../lib/local/aws/event-bus.ts';
import { asProcess, type TaskCommand } from '../../../lib/local/executions/task-runner.ts';
import { programPath, type TaskProgram } from '../../../lib/restores/execution/task-programs.ts';
import { bundledPrograms } from '../runner/bundled-programs.ts';
import { knownStack } from '../stack/known-stack.ts';

/** How much later the other one starts. */
const LATER_SECONDS = 3;
const runAsProcess = asProcess(bundledPrograms()?.taskFile);

export interface UnwatchedTask {
  taskArn: string;
  child: ChildProcess;
  /** What it has printed. */
  output: string;
  /** Resolves with its exit code, null if a signal ended it, once ECS has reported that. */
  ended: Promise<number | null>;
}

export class UnwatchedTasks {
  /** The last one. */
  started: UnwatchedTask | undefined;
  #order: 'before' | 'after' | undefined;
  /** The service's, once it is there. */
  events: EventBus | undefined;

  /** The next task that writes gets a second one, which starts earlier or later. */
  next(order: 'before' | 'after'): void {
    this.started = undefined;
    this.#order = order;
  }

  /** How the service runs its tasks. */
  readonly command: TaskCommand = (task) => {
    const watched = runAsProcess(task);
    const program = task.args[0];
    const writes = (['main', 'recover'] satisfies TaskProgram[]).some((name) => programPath(name) === program);
    if (!writes || this.#order === undefined) return watched;
    const isFirst = this.#order === 'before';
    this.#order = undefined;
    this.started = this.#start(task, isFirst ? 0 : LATER_SECONDS);
    return isFirst ? later(watched, LATER_SECONDS) : watched;
  };

  #start(task: Parameters<TaskCommand>[0], seconds: number): UnwatchedTask {
    const directory = mkdtempSync(join(tmpdir(), 'jagad-unwatched-'));
    chmodSync(directory, 0o711); // the servers of copies may run as another account
    const taskArn = `arn:aws:ecs:us-east-1:000000000000:task/local/${randomUUID()}`;
    const environment = { ...task.environment, TASK_ARN: taskArn };
    const { command, args, env } = later(
      runAsProcess({ ...task, environment, workDirectory: directory, temporaryDirectory: directory }),
      seconds,
    );
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true });
    const unwatched: UnwatchedTask = { taskArn, child, output: '', ended: Promise.resolve(null) };
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        unwatched.output += text;
      });
    }
    unwatched.ended = once(child, 'exit').then(async ([code]) => {
      rmSync(directory, { recursive: true, force: true });
      await this.events?.put(taskStopped(taskArn, task.args, task.environment.RESTORE_ID ?? ''));
      return code as number | null;
    });
    return unwatched;
  }
}

function later({ command, args, env }: ReturnType<TaskCommand>, seconds: number): ReturnType<TaskCommand> {
  return { command: 'sh', args: ['-c', `sleep ${seconds}; exec "$@"`, 'sh', command, ...args], env };
}

function taskStopped(taskArn: string, command: string[], restoreId: string) {
  const rule = knownStack().rules.find(({ pattern }) => JSON.stringify(pattern).includes('ECS Task State Change'));
  if (rule?.pattern === undefined) throw new Error('the stack has no rule on stopped tasks');
  const { clusterArn } = rule.pattern.detail as { clusterArn: string[] };
  const containerOverrides = [{ command, environment: [{ name: 'RESTORE_ID', value: restoreId }] }];
  const detail = { taskArn, clusterArn: clusterArn[0], lastStatus: 'STOPPED', overrides: { containerOverrides } };
  return { source: 'aws.ecs', 'detail-type': 'ECS Task State Change', detail };
}
