import { RestoreError } from '../../../lib/domain/errors.ts';
import type { ToolCommand, ToolEnd } from '../engines/engine.ts';
import { runCommand } from '../run-command.ts';
import { streamOutput } from './local-program.ts';

const WORDS_KEPT_LINES = 5;

/** What a tool writes, as streamOutput gives it. @throws RestoreError with its own words when it fails. */
export function toolOutput(tool: ToolCommand, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  return streamOutput(tool, signal, (end) => toolFailed(tool.command, end));
}

/** Runs a tool to its end. @throws RestoreError with its own words when it fails; else as runCommand does. */
export async function runTool(
  command: ToolCommand,
  signal: AbortSignal,
  input: AsyncIterable<Buffer> = nothing(),
): Promise<void> {
  const end = await runCommand(command, input, { onStdout: () => {}, onStderr: () => {} }, signal);
  if (end.exitCode !== 0) throw toolFailed(command.command, end);
}

/** The last of its words: tools say what went wrong at their end, in several lines. */
export function toolFailed(command: string, { exitCode, stderr }: ToolEnd): RestoreError {
  const name = command.slice(command.lastIndexOf('/') + 1);
  const words = lastWords(stderr);
  return new RestoreError(`${name} ended with ${exitCode ?? 'a signal'}${words === '' ? '' : `: ${words}`}`, {
    hint: 'The target is untouched. Mend what the message names, or restore another backup.',
  });
}

export function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-WORDS_KEPT_LINES).join('\n');
}

async function* nothing(): AsyncGenerator<Buffer> {}
