import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import pTimeout from 'p-timeout';
import { RestoreError } from '../../errors/errors.ts';
import type { ToolCommand, ToolEnd } from '../load/engine.ts';
import { endGroup } from './process-group.ts';
import { keepTool, toolEnvironment } from './tool-groups.ts';

const STDERR_KEPT_CHARACTERS = 8_000;

/** Only the signal ends the wait. */
const UNLIMITED = { milliseconds: Number.POSITIVE_INFINITY };

export interface ToolListeners {
  /** Called with the tool's output while it runs. */
  onStdout(text: string): void;
  onStderr(text: string): void;
  /** Called with the tool's process. */
  onStart?(pid: number): void;
  /** Called as soon as the tool has ended. If the input waits for the tool, it has to end by itself then. */
  onEnd?(): void;
}

/**
 * Runs a restore tool on a stream. If the stream fails, or if `signal` aborts, the tool is killed before it can take
 * the end of its input for the end of the dump. In any case, nothing that the tool has started still runs afterwards.
 * @throws the stream's error, the signal's reason, or RestoreError if the tool can't be run.
 */
export async function runCommand(
  { command, args, env }: ToolCommand,
  input: AsyncIterable<Buffer>,
  listeners: ToolListeners,
  signal: AbortSignal,
): Promise<ToolEnd> {
  // detached: a Ctrl+C in a terminal is meant for this process, which then ends the tool and its session
  const child = spawn(command, args, { env: toolEnvironment(env), stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const { pid } = child;
  const forget = pid === undefined ? () => {} : keepTool(pid);
  if (pid !== undefined) listeners.onStart?.(pid);
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => listeners.onStdout(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT_CHARACTERS);
    listeners.onStderr(text);
  });
  child.stdin.on('error', () => {}); // the tool ended before its input did: its exit code says why
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(notRunnable(command, error)));
    child.once('close', (code) => resolve(code));
  });
  ended.catch(() => {}).finally(() => listeners.onEnd?.());
  // the workers of a killed tool keep running, and keep its streams open
  if (pid !== undefined) child.once('exit', () => void endGroup(pid));

  try {
    await feed(input, child, ended, signal);
    return { exitCode: await pTimeout(ended, { ...UNLIMITED, signal }), signal: child.signalCode, stderr };
  } finally {
    // end its workers too: if a worker can't reach the server, it would run until it can, to end its session there
    if (pid === undefined || (await endGroup(pid))) forget();
  }
}

/**
 * Writes the stream to the tool as fast as the tool reads it. If the tool stops reading before the end, that isn't an
 * error here, and the rest is still read, because it is checked too. If the tool failed, there is no point in reading
 * the rest.
 */
async function feed(
  input: AsyncIterable<Buffer>,
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  ended: Promise<number | null>,
  signal: AbortSignal,
): Promise<void> {
  let exit: { code: number | null } | undefined;
  const closed = ended.then((code) => {
    exit = { code };
  });
  // runCommand awaits its end too; without this, an unhandled rejection here would end this process
  closed.catch(() => {});
  for await (const chunk of input) {
    signal.throwIfAborted();
    if (exit !== undefined && exit.code !== 0) return;
    if (exit !== undefined || child.stdin.write(chunk)) continue;
    const drained = Promise.withResolvers<void>();
    child.stdin.once('drain', drained.resolve);
    await pTimeout(Promise.race([drained.promise, closed]), { ...UNLIMITED, signal });
    child.stdin.removeListener('drain', drained.resolve);
  }
  signal.throwIfAborted();
  child.stdin.end();
}

function notRunnable(command: string, cause: Error): RestoreError {
  return new RestoreError(`${command} cannot be run: ${cause.message}`, {
    hint: 'Install the client tools of the database; the restore image has them.',
    cause,
  });
}
