/** The real database servers of tests. */
import type { DbType } from '../../lib/databases/names.ts';
import { findMysqlBinDir } from '../../lib/engines/programs/find-binaries.ts';
import { startMariadb } from '../../lib/local/servers/mariadb.ts';
import { startMysql } from '../../lib/local/servers/mysql.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { MYSQL_DATA } from './mysql-data.ts';
import { otherPostgres } from './postgres-17.ts';

/** What tests of MySQL say when they skip themselves because there is none. */
export const NO_MYSQL = 'no MySQL server found: set MYSQL_BIN_DIR to a directory with a real mysqld';

type Start = (extraArgs: string[]) => Promise<RunningServer | undefined>;

const STARTS: Record<DbType, Start> = {
  postgresql: async (extraArgs) => startPostgres({ extraArgs, ...otherPostgres() }),
  mariadb: async (extraArgs) => startMariadb({ extraArgs }),
  mysql: async (extraArgs) => {
    const binDir = await findMysqlBinDir(process.env);
    return binDir === undefined ? undefined : startMysql({ binDir, extraArgs, initialData: process.env[MYSQL_DATA] });
  },
};

/** @param extraArgs the server's own, after those that trade the safety of its data for speed */
export function startServer(dbType: DbType, extraArgs: string[] = []): Promise<RunningServer | undefined> {
  return STARTS[dbType](extraArgs);
}
