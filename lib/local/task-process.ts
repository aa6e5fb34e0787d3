/** The restore container's code as a child process: it stops, as on a stopped task, when its parent is gone. */
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
await import('../../containers/restore/main.ts');
