/** What the throwaway servers of MariaDB and MySQL have in common. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { Place, Recipe } from './throwaway.ts';

const username = 'root';
const INIT_FILE = 'init.sql';

/**
 * `bootstrapSql` creates the only account, `root` from any host. The server runs it before it accepts connections, so
 * that it is never possible to log in without the password.
 */
export function mysqlFamily(
  bootstrapSql: (password: string) => string[],
): Pick<Recipe, 'username' | 'password' | 'stopSignal' | 'secretFiles' | 'version'> {
  const password = randomBytes(18).toString('base64url');
  return {
    username,
    password,
    stopSignal: 'TERM',
    // An init file has one statement per line.
    secretFiles: { [INIT_FILE]: `${bootstrapSql(password).join('\n')}\n` },
    version: async ({ port }) => {
      const client = await createConnection({ host: '127.0.0.1', port, user: username, password });
      try {
        const [rows] = await client.query('SELECT version() AS version');
        const [row] = rows as { version: string }[];
        return row?.version.split('-')[0] ?? '';
      } finally {
        await client.end();
      }
    },
  };
}

/** Arguments of both servers. The data doesn't have to survive a power cut. */
export function sharedArgs({ directory, port }: Place): string[] {
  return [
    `--datadir=${join(directory, 'data')}`,
    `--init-file=${join(directory, INIT_FILE)}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    // In the data directory, because a relative name always fits into the 107 bytes of a socket's path.
    '--socket=server.sock',
    `--pid-file=${join(directory, 'server.pid')}`,
    `--tmpdir=${directory}`,
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--innodb-buffer-pool-size=64M',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-doublewrite=0',
    // The kernel has few asynchronous I/O contexts, and all programs on the machine share them.
    '--innodb-use-native-aio=0',
    '--innodb-fast-shutdown=2',
    '--skip-log-bin',
  ];
}
