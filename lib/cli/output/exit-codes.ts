import {
  JagadError,
  RequestError,
  RestoreError,
  RestoreStopped,
  StepError,
  StorageProviderError,
} from '../../errors/errors.ts';
import { ServiceRefusal } from '../service-client.ts';
import { isReaderGone, OutputFailed } from './output.ts';

export const EXIT_CODES_HELP = `Exit codes:
  0     done
  1     the backup is damaged, cannot be read, or the key does not open it
  2     wrong usage: arguments, a missing key, password or credentials, or a question that was not answered with yes
  3     the target or the restore tool refused; import: Jagad or the service refused, or can't be reached
  4     the output could not be written, for example on a full disk; for a restore, that is its log: the restore was done
  70    a bug in this program
  129, 130, 143   stopped by SIGHUP, SIGINT (Ctrl+C), SIGTERM
  141   decrypt: the program that reads its output has ended`;

const SIGPIPE_EXIT = 141;
const OUTPUT_FAULT = 4;
const INTERNAL_FAULT = 70;

/** The exit code for a command's error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof JagadError || error instanceof ServiceRefusal) return 3;
  if (error instanceof RequestError || error instanceof StorageProviderError) return 2;
  if (error instanceof RestoreError || error instanceof RestoreStopped) return 3;
  if (error instanceof StepError) return 1;
  if (error instanceof OutputFailed) return OUTPUT_FAULT;
  return isReaderGone(error) ? SIGPIPE_EXIT : INTERNAL_FAULT;
}
