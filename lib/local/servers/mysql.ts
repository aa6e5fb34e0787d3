import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mysqlFamily, sharedArgs } from './mysql-family.ts';
import { type Place, type RunningServer, type ServerOptions, startThrowaway } from './throwaway.ts';

/** Copies the data directory `$0` to `$1`, unless another server has done so already. */
const LEAVE_COPY = 'cp -a "$0" "$1.$$" && rm -f "$1.$$/auto.cnf" && mv -T "$1.$$" "$1" || rm -rf "$1.$$"';

/**
 * Oracle's MySQL 8 or later, ready in 6 to 8 s. `binDir` is the directory of its mysqld (see findMysqlBinDir). It uses
 * TLS with a certificate that it creates itself, which is MySQL's default.
 * @param options `initialData` is a data directory that a new server starts with a copy of, which saves most of that
 * time. The first server that is started with it creates it. All of them have the same certificate.
 */
export async function startMysql(
  options: ServerOptions & { binDir: string; initialData?: string | undefined },
): Promise<RunningServer> {
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
        // The first run has to shut down cleanly, and doesn't need the account.
        const initialArgs = args.filter((arg) => !/^--(init-file|innodb-fast-shutdown)=/.test(arg));
        const initialise = [mysqld, ...initialArgs, ...ofTheData, '--initialize-insecure'];
        const initialData = ofTheData.length > 0 ? undefined : options.initialData;
        return [...initialised(place, initialise, initialData), [mysqld, ...args, ...extraArgs]];
      },
    },
    options,
  );
}

/** The commands that create the data directory. */
function initialised({ directory }: Place, initialise: string[], initialData: string | undefined): string[][] {
  const data = join(directory, 'data');
  if (initialData === undefined) return [initialise];
  if (existsSync(initialData)) return [['cp', '-a', initialData, data]];
  return [initialise, ['sh', '-c', LEAVE_COPY, data, initialData]];
}
