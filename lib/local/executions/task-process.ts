/**
 * `task-process.ts FILE`: a program of the restore image as a child process. It stops, as a task that is stopped, when its
 * parent is gone.
 */
import { pathToFileURL } from 'node:url';

process.umask(0o077); // dumps, logs and settings are for this account alone
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
await import(pathToFileURL(String(process.argv[2])).href);
