/** Programs that work on the task's own disk, under the account that servers run as. */

import type { ToolCommand, ToolEnd } from '../../../lib/engines/load/engine.ts';
import type { Account } from '../../../lib/engines/programs/account.ts';
import { runCommand, type ToolListeners } from '../../../lib/engines/programs/run-command.ts';

/**
 * The same program, run under another account, or under our own if that is undefined. It ends with this process,
 * however that ends: a server would otherwise keep running forever, with all of its data.
 */
export function asAccount({ command, args, env }: ToolCommand, account: Account | undefined): ToolCommand {
  const as = account ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : [];
  return { command: 'setpriv', args: ['--pdeathsig=KILL', ...as, command, ...args], env };
}

/**
 * Runs a program to its end, then also ends everything that it started: if pgBackRest is killed, its workers would wait
 * half an hour for its next message.
 * @param input what it gets through stdin
 * @throws the signal's reason, or RestoreError if the program can't be run.
 */
export async function runToEnd(
  command: ToolCommand,
  signal: AbortSignal,
  listeners: Partial<ToolListeners> = {},
  input = '',
): Promise<ToolEnd> {
  const told: ToolListeners = { onStdout: () => {}, onStderr: () => {}, ...listeners };
  return runCommand(command, textInput(input), told, signal);
}

/** Runs a program, and also returns what it wrote to stdout. */
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
