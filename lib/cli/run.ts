import { RestoreStopped, ServiceError, toFailure } from '../errors/errors.ts';
import { type Caller, say } from './caller.ts';
import type { Command } from './command.ts';
import { decryptCommand } from './commands/decrypt.ts';
import { importCommand } from './commands/import.ts';
import { inspectCommand } from './commands/inspect.ts';
import { restoreCommand } from './commands/restore.ts';
import { verifyCommand } from './commands/verify.ts';
import { EXIT_CODES_HELP, exitCodeOf } from './output/exit-codes.ts';
import { isReaderGone, isWriteFault, OutputFailed, WatchedOutput } from './output/output.ts';

const COMMANDS: Record<string, Command> = {
  inspect: inspectCommand,
  verify: verifyCommand,
  decrypt: decryptCommand,
  restore: restoreCommand,
  import: importCommand,
};

const HELP = `Usage: npx jagad-restore COMMAND OBJECT [OPTIONS]
       npx jagad-restore import --from URL --service URL [OPTIONS]

Works on Jagad's backups from the command line. Only import needs a running service.

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(9)}${summary}`)
  .join('\n')}

Run npx jagad-restore COMMAND --help for the options.

${EXIT_CODES_HELP}`;

/** Runs the command named in `args`. @returns the exit code. */
export async function run(args: string[], caller: Caller): Promise<number> {
  const output = new WatchedOutput(caller.stdout);
  const exitCode = await runCommand(args, caller);
  // if the reader stalls, the rest may never be read
  if (caller.signal.aborted) return exitCode;
  try {
    await output.end();
  } catch (error) {
    // if the command failed for another reason, that reason is reported
    if (exitCode === 0) tell(error, caller);
    return exitCode === 0 ? exitCodeOf(error) : exitCode;
  }
  return exitCode;
}

async function runCommand(args: string[], caller: Caller): Promise<number> {
  const [name = '', ...rest] = args;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const wantsHelp = args.some((argument) => argument === '--help' || argument === '-h');
  if (command === undefined) {
    say(wantsHelp ? caller.stdout : caller.stderr, HELP);
    return wantsHelp ? 0 : 2;
  }
  if (wantsHelp) {
    say(caller.stdout, `${command.help}\n\n${EXIT_CODES_HELP}`);
    return 0;
  }
  try {
    await command.run(rest, caller);
    return 0;
  } catch (thrown) {
    const error = isWriteFault(thrown) ? new OutputFailed(thrown) : thrown;
    tell(error, caller);
    return exitCodeOf(error);
  }
}

function tell(error: unknown, { stderr, signal }: Caller): void {
  if (isReaderGone(error)) return;
  // a command that was stopped failed for that reason
  const stopped = signal.aborted;
  const cause = stopped && !(error instanceof RestoreStopped) ? signal.reason : error;
  if (cause instanceof OutputFailed) {
    say(stderr, `${cause.message}\n${cause.hint}`);
  } else if (cause instanceof ServiceError) {
    const { message } = stopped ? cause : toFailure(cause);
    say(stderr, cause.hint === undefined ? message : `${message}\n${cause.hint}`);
  } else {
    say(stderr, `an unexpected error: ${cause instanceof Error ? cause.stack : cause}`);
  }
}
