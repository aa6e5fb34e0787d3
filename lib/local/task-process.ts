/**
 * A program of the restore image as a child process: `task-process.ts /app/main.mjs` runs it from its source. It stops,
 * as a task that is stopped, when its parent is gone.
 */
import { basename } from 'node:path';

process.umask(0o077); // dumps, logs and settings are for this account alone
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
const program = basename(process.argv[2] ?? '', '.mjs');
await import(`../../containers/restore/${program}.ts`);
