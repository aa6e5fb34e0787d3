import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { findPostgresBinDir } from '../../engines/programs/find-binaries.ts';
import { type RunningServer, type ServerOptions, startThrowaway } from './throwaway.ts';

/** The data doesn't have to survive a power cut. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'wal_level=minimal', 'max_wal_senders=0'];

/**
 * A PostgreSQL server, ready in about 1.5 s. Throws an Error if PostgreSQL isn't installed or doesn't start.
 * @param options `binDir` is the directory of its programs; by default, the newest version on this machine
 */
export async function startPostgres(options: ServerOptions & { binDir?: string } = {}): Promise<RunningServer> {
  const binDir = options.binDir || (await findPostgresBinDir());
  if (!binDir)
    throw new Error(
      'PostgreSQL is not installed: initdb and postgres are neither in /usr/lib/postgresql nor on the PATH',
    );
  const username = 'postgres';
  const password = randomBytes(18).toString('base64url');
  return startThrowaway(
    {
      dbType: 'postgresql',
      title: 'PostgreSQL',
      prefix: 'jagad-postgresql-',
      username,
      password,
      binDir,
      // "Fast shutdown": it ends sessions instead of waiting for them.
      stopSignal: 'INT',
      secretFiles: { 'initial-password': `${password}\n` },
      commands: ({ directory, port }) => {
        const data = join(directory, 'data');
        const settings = [
          ...FAST,
          `port=${port}`,
          'listen_addresses=127.0.0.1',
          'shared_buffers=32MB',
          'max_connections=50',
        ];
        return [
          // biome-ignore format: one option and its value a line says less
          [join(binDir, 'initdb'), '-D', data, '-U', username, '--pwfile', join(directory, 'initial-password'),
            '-A', 'scram-sha-256', '--locale=C.UTF-8', '--encoding=UTF8', '--no-sync', '--no-instructions'],
          // No Unix socket at all: TCP is enough, and a deep directory would make its path longer than the 107 bytes allowed.
          // biome-ignore format: as above
          [join(binDir, 'postgres'), '-D', data, '-c', 'unix_socket_directories=',
            ...settings.flatMap((setting) => ['-c', setting]), ...(options.extraArgs ?? [])],
        ];
      },
      version: async ({ port }) => {
        const client = new pg.Client({ host: '127.0.0.1', port, user: username, password, database: 'postgres' });
        try {
          await client.connect();
          const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
          return rows[0]?.server_version.split(' ')[0] ?? '';
        } finally {
          await client.end();
        }
      },
    },
    options,
  );
}
