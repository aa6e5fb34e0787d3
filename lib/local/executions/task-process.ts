/**
 * `task-process.ts FILE`: runs a program of the restore image as a child process. If its parent ends, it stops like any
 * task that is stopped.
 */
import { pathToFileURL } from 'node:url';

process.umask(0o077); // only this account may read dumps, logs and settings
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
await import(pathToFileURL(String(process.argv[2])).href);
