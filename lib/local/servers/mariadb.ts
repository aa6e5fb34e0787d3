import { dirname, join } from 'node:path';
import { findCommand } from '../../engines/programs/find-binaries.ts';
import { mysqlFamily, sharedArgs } from './mysql-family.ts';
import { type RunningServer, type ServerOptions, startThrowaway } from './throwaway.ts';

/** A MariaDB server, ready in about 3 s. Throws an Error if MariaDB isn't installed or doesn't start. */
export async function startMariadb(options: ServerOptions = {}): Promise<RunningServer> {
  const [mariadbd, installDb, client] = await Promise.all(
    ['mariadbd', 'mariadb-install-db', 'mariadb'].map((name) => findCommand(name)),
  );
  if (!mariadbd || !installDb)
    throw new Error('MariaDB is not installed: mariadbd or mariadb-install-db is not on the PATH');
  return startThrowaway(
    {
      dbType: 'mariadb',
      title: 'MariaDB',
      prefix: 'jagad-mariadb-',
      binDir: dirname(client ?? mariadbd),
      ...mysqlFamily((password) => [
        // A fresh server has an account `root` without a password for each name of this machine.
        "DELETE FROM mysql.global_priv WHERE User IN ('root', '');",
        'FLUSH PRIVILEGES;',
        `CREATE USER 'root'@'%' IDENTIFIED BY '${password}';`,
        "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;",
      ]),
      commands: (place) => [
        // biome-ignore format: one option a line says less
        [installDb, '--no-defaults', `--datadir=${join(place.directory, 'data')}`, '--auth-root-authentication-method=normal',
          '--skip-test-db', '--innodb-flush-log-at-trx-commit=0', '--innodb-use-native-aio=0'],
        [mariadbd, '--no-defaults', ...sharedArgs(place), ...(options.extraArgs ?? [])],
      ],
    },
    options,
  );
}
