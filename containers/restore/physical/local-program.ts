/** Programs that work on the task's own disk, as the account that servers run as. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../../../lib/programs/account.ts';
import type { ToolCommand, ToolEnd } from '../engines/engine.ts';
import { runCommand, type ToolListeners } from '../run-command.ts';

const STDERR_KEPT_CHARACTERS = 8_000;
const KILL_AFTER_MS = 5_000;
const GROUP_END_PAUSE_MS = 25;

/** The same program, run as another account; where that is undefined, as it is. */
export function asAccount({ command, args, env }: ToolCommand, account: Account | undefined): ToolCommand {
  if (account === undefined) return { command, args, env };
  const { uid, gid } = account;
  return { command: 'setpriv', args: [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', command, ...args], env };
}

/**
 * Runs a program to its end, which is also the end of all that it started.
 * @param input all that it gets through stdin
 * @throws the signal's reason, or RestoreError when the program cannot be run.
 */
export async function runToEnd(
  command: ToolCommand,
  signal: AbortSignal,
  listeners: Partial<ToolListeners> = {},
  input = '',
): Promise<ToolEnd> {
  let group: number | undefined;
  const told: ToolListeners = {
    onStdout: () => {},
    onStderr: () => {},
    ...listeners,
    onStart: (pid) => {
      group = pid;
    },
  };
  try {
    return await runCommand(command, textInput(input), told, signal);
  } finally {
    if (group !== undefined) await endGroup(group);
  }
}

/** Runs a program, and answers what it wrote to stdout as well. */
export async function outputOf(
  command: ToolCommand,
  signal: AbortSignal,
  input = '',
): Promise<ToolEnd & { stdout: string }> {
  let stdout = '';
  const onStdout = (text: string) => {
    stdout += text;
  };
  return { ...(await runToEnd(command, signal, { onStdout }, input)), stdout };
}

async function* textInput(text: string): AsyncGenerator<Buffer> {
  if (text !== '') yield Buffer.from(text);
}

/** Workers of a pgBackRest that was killed wait for half an hour for its next word. */
async function endGroup(group: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  const deadline = performance.now() + KILL_AFTER_MS;
  while (signalGroup(group, 0)) {
    if (performance.now() > deadline) signalGroup(group, 'SIGKILL');
    await sleep(GROUP_END_PAUSE_MS);
  }
}

/** @returns whether anything of the group lives */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * What a program writes to stdout, as it is taken. It is ended when nobody takes it any more, and by `signal`.
 * @param failure says what an end other than 0 means
 * @throws the signal's reason, or what `failure` answers.
 */
export async function* streamOutput(
  { command, args, env }: ToolCommand,
  signal: AbortSignal,
  failure: (end: ToolEnd) => Error,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT_CHARACTERS);
  });
  const closed = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      stderr += error.message;
      resolve(null);
    });
    child.once('close', (code) => resolve(code));
  });
  let killer: NodeJS.Timeout | undefined;
  const end = () => {
    child.kill('SIGTERM');
    killer ??= setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const exitCode = await closed;
    signal.throwIfAborted();
    if (exitCode !== 0) throw failure({ exitCode, stderr });
  } finally {
    signal.removeEventListener('abort', end);
    if (child.exitCode === null && child.signalCode === null) end();
    await closed;
    clearTimeout(killer);
  }
}
