/**
 * `task-process.ts FILE`: a program of the restore image as a child process. It stops, like a task that is stopped,
 * when its parent is gone.
 */
import { pathToFileURL } from 'node:url';

process.umask(0o077); // only this account may read dumps, logs and settings
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
await import(pathToFileURL(String(process.argv[2])).href);
