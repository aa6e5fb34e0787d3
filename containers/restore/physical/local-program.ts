/** Programs that work on the task's own disk, as the account that servers run as. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../../../lib/programs/account.ts';
import type { ToolCommand, ToolEnd } from '../engines/engine.ts';
import { runCommand, type ToolListeners } from '../run-command.ts';

const KILL_AFTER_MS = 5_000;
const GROUP_END_PAUSE_MS = 25;

/**
 * The same program, run as another account; where that is undefined, as our own. It ends with this process, whatever ends
 * that: a server would go on for ever, with all of its data.
 */
export function asAccount({ command, args, env }: ToolCommand, account: Account | undefined): ToolCommand {
  const as = account ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : [];
  return { command: 'setpriv', args: ['--pdeathsig=KILL', ...as, command, ...args], env };
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
  const began = performance.now();
  for (let signal: NodeJS.Signals = 'SIGTERM'; await groupLives(group); await sleep(GROUP_END_PAUSE_MS)) {
    if (performance.now() - began > KILL_AFTER_MS) signal = 'SIGKILL';
    try {
      process.kill(-group, signal);
    } catch {
      return; // nobody is left
    }
  }
}

/**
 * Whether anything of a process group runs. In a container whose first process is ours nobody clears away what has ended
 * after its parent, and a signal still finds that; proc(5) tells the difference.
 */
async function groupLives(group: number): Promise<boolean> {
  const names = await readdir('/proc').catch(() => []);
  const stats = names
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  return (await Promise.all(stats)).some((stat) => {
    // `pid (name) state parent group …`: a name may hold spaces and brackets
    const [state = 'X', , ofGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(ofGroup) === group && !'ZX'.includes(state);
  });
}
