/** The command line, `npx jagad-restore`: works on backups without a service, and imports from a Jagad into one. */
import { constants } from 'node:os';
import { run } from '../lib/cli/run.ts';
import { RestoreStopped } from '../lib/errors/errors.ts';

/**
 * The terminal sends a Ctrl+C to npx and to us, and npx forwards it too: so only a later one counts as a second one.
 */
const SECOND_AFTER_MS = 2000;

const stopping = new AbortController();
let stop: { exitCode: number; at: number } | undefined;
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // someone who presses Ctrl+C twice doesn't want to wait until tools and sessions have ended
    if (stop !== undefined && performance.now() - stop.at > SECOND_AFTER_MS) process.exit(stop.exitCode);
    stop ??= { exitCode: 128 + constants.signals[signal], at: performance.now() };
    stopping.abort(new RestoreStopped(`stopped by ${signal}`));
  });
}
// the reader of our lines may close them early; decrypt, whose output is the point, handles that itself
for (const out of [process.stdout, process.stderr]) out.on('error', () => {});

const { env, stdin, stdout, stderr } = process;
const exitCode = await run(process.argv.slice(2), { env, stdin, stdout, stderr, signal: stopping.signal });
// don't wait for a reader that stalls
if (stop !== undefined && exitCode !== 0) process.exit(stop.exitCode);
process.exitCode = exitCode;
