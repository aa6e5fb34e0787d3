import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ToolCommand, ToolEnd } from '../../../lib/engines/load/engine.ts';
import { endGroup } from '../../../lib/engines/programs/process-group.ts';
import { runCommand } from '../../../lib/engines/programs/run-command.ts';
import { endOfTool } from '../../../lib/engines/programs/tool-end.ts';
import { keepTool, toolEnvironment } from '../../../lib/engines/programs/tool-groups.ts';
import { RestoreError } from '../../../lib/errors/errors.ts';

const STDERR_KEPT_CHARACTERS = 4_000;
const WORDS_KEPT_LINES = 5;

/**
 * A tool's output, read as fast as the caller reads. The tool is killed if the stream is returned early or the signal
 * is aborted.
 * @param failed says what an exit code other than 0 means
 * @throws RestoreError, before its end, if the tool fails or can't be run; the signal's reason.
 */
export async function* toolOutput(
  { command, args, env }: ToolCommand,
  signal: AbortSignal,
  failed: (end: ToolEnd) => RestoreError = (end) => toolFailed(command, end),
): AsyncGenerator<Buffer, void> {
  signal.throwIfAborted();
  // detached, because a Ctrl+C in a terminal is meant for this process
  const child = spawn(command, args, {
    env: toolEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const forget = child.pid === undefined ? () => {} : keepTool(child.pid);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT_CHARACTERS);
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  await once(child, 'spawn').catch((cause: Error) => {
    throw new RestoreError(`${command} cannot be run: ${cause.message}`, { cause });
  });
  const kill = () => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const exitCode = await closed;
    signal.throwIfAborted();
    if (exitCode !== 0) throw failed({ exitCode, signal: child.signalCode, stderr });
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
    child.stdout.destroy(); // otherwise, unread output would keep the tool from closing
    await closed;
    if (child.pid === undefined || (await endGroup(child.pid))) forget();
  }
}

/**
 * Runs a tool to its end.
 * @throws RestoreError with its own words if it fails; otherwise as runCommand does.
 */
export async function runTool(
  command: ToolCommand,
  signal: AbortSignal,
  input: AsyncIterable<Buffer> = nothing(),
): Promise<void> {
  const end = await runCommand(command, input, { onStdout: () => {}, onStderr: () => {} }, signal);
  if (end.exitCode !== 0) throw toolFailed(command.command, end);
}

/** The end of the tool's output: tools say what went wrong in their last lines. */
export function toolFailed(command: string, { exitCode, signal, stderr }: ToolEnd): RestoreError {
  const name = command.slice(command.lastIndexOf('/') + 1);
  const words = lastWords(stderr);
  return new RestoreError(
    `${name} ended with ${exitCode ?? endOfTool({ exitCode, signal })}${words === '' ? '' : `: ${words}`}`,
    {
      hint: 'Fix the error in the message, or restore another backup.',
    },
  );
}

export function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-WORDS_KEPT_LINES).join('\n');
}

async function* nothing(): AsyncGenerator<Buffer> {}
