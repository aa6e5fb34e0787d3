import { join } from 'node:path';
import { mysqlFamily, sharedArgs } from './mysql-family.ts';
import { type RunningServer, type ServerOptions, startThrowaway } from './throwaway.ts';

/**
 * Oracle's MySQL 8 or later, ready in 6 to 8 s. `binDir` is the directory of its mysqld (see findMysqlBinDir).
 * It speaks TLS with a certificate of its own making, as MySQL does by default.
 */
export async function startMysql(options: ServerOptions & { binDir: string }): Promise<RunningServer> {
  const { binDir, extraArgs = [] } = options;
  const mysqld = join(binDir, 'mysqld');
  return startThrowaway(
    {
      dbType: 'mysql',
      title: 'MySQL',
      prefix: 'jagad-mysql-',
      binDir,
      ...mysqlFamily((password) => [
        `ALTER USER 'root'@'localhost' IDENTIFIED BY '${password}';`,
        "RENAME USER 'root'@'localhost' TO 'root'@'%';",
      ]),
      commands: (place) => {
        const args = ['--no-defaults', ...sharedArgs(place), '--mysqlx=OFF'];
        // this one can't be changed later
        const ofTheData = extraArgs.filter((arg) => arg.startsWith('--lower-case-table-names='));
        // The first run has to end in order, and the account is none of its business.
        const initialArgs = args.filter((arg) => !/^--(init-file|innodb-fast-shutdown)=/.test(arg));
        return [
          [mysqld, ...initialArgs, ...ofTheData, '--initialize-insecure'],
          [mysqld, ...args, ...extraArgs],
        ];
      },
    },
    options,
  );
}
