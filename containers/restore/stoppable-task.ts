import { RestoreStopped } from '../../lib/errors/errors.ts';

/** 128 plus SIGTERM's number, as shells report it. */
const EXIT_STOPPED = 143;

/** Stops a task before its end: on SIGTERM, or when `stop` is called. The program's exit code tells which. */
export function stoppableTask(): { signal: AbortSignal; stop: () => void } {
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort(new RestoreStopped('the restore was stopped'));
  };
  process.once('SIGTERM', stop);
  process.once('exit', () => {
    if (process.exitCode !== undefined && stopping.signal.aborted) process.exitCode = EXIT_STOPPED;
  });
  return { signal: stopping.signal, stop };
}
