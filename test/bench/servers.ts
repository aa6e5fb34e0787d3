/**
 * The servers that rows measure on, started for the first row that needs them and shared by later ones: each row works
 * in databases of its own.
 */
import type { DbType } from '../../lib/databases/names.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { Harness } from '../support/harness.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';

/** A server's defaults: a throwaway server is told not to flush its data. */
const AS_INSTALLED_INNODB = [
  '--innodb-flush-log-at-trx-commit=1',
  '--innodb-doublewrite=1',
  '--innodb-buffer-pool-size=128M',
];
const AS_INSTALLED: Record<DbType, string[]> = {
  postgresql: [
    ...['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'wal_level=replica', 'max_wal_senders=10'],
    'shared_buffers=128MB',
  ].flatMap((setting) => ['-c', setting]),
  mysql: AS_INSTALLED_INNODB,
  mariadb: AS_INSTALLED_INNODB,
};

const servers = new Map<string, Promise<RunningServer>>();
let removeStack: (() => void) | undefined;
const harnesses = new Map<DbType, Promise<Harness>>();

/** A server as it is installed, for rows that measure how fast it takes data. */
export function serverAsInstalled(dbType: DbType): Promise<RunningServer> {
  return shared(`${dbType} as installed`, dbType, AS_INSTALLED[dbType]);
}

/** A throwaway server. */
export function serverFor(dbType: DbType): Promise<RunningServer> {
  return shared(dbType, dbType, []);
}

/** The whole service, with a server that it restores to; for all rows that ask. */
export function serviceFor(dbType: DbType): Promise<Harness> {
  let harness = harnesses.get(dbType);
  if (harness === undefined) {
    harness = startService(dbType);
    harnesses.set(dbType, harness);
  }
  return harness;
}

/**
 * A new one. A service's modules are loaded when the first one is started: until then, the heap of this process is as
 * small as a task's, and its garbage collections are as short.
 */
export async function startService(dbType: DbType): Promise<Harness> {
  const server = await serverFor(dbType);
  await needStack();
  const { startHarness } = await import('../support/harness.ts');
  return startHarness(server);
}

/** Makes the stack known to every service, or its tables, that is started from here on. */
export async function needStack(): Promise<void> {
  const { provideStack } = await import('../support/stack/known-stack.ts');
  removeStack ??= await provideStack();
}

/** Stops all that was started. */
export async function stopServers(): Promise<void> {
  for (const all of [harnesses, servers]) {
    const started = await Promise.allSettled<{ stop(): Promise<void> }>(all.values());
    await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
  }
  removeStack?.();
}

function shared(key: string, dbType: DbType, extraArgs: string[]): Promise<RunningServer> {
  let server = servers.get(key);
  if (server === undefined) {
    server = startServer(dbType, extraArgs).then((started) => {
      if (started === undefined) throw new Error(NO_MYSQL);
      return started;
    });
    servers.set(key, server);
  }
  return server;
}
