/** The real database servers of tests. */
import type { DbType } from '../../lib/domain/records.ts';
import { startMariadb } from '../../lib/local/servers/mariadb.ts';
import { startMysql } from '../../lib/local/servers/mysql.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { findMysqlBinDir } from '../../lib/programs/find-binaries.ts';

/** A real MySQL's directory, or undefined where there is none: its tests then skip themselves, saying so. */
export const NO_MYSQL = 'no MySQL server found: set MYSQL_BIN_DIR to a directory with a real mysqld';

export async function startServer(dbType: DbType): Promise<RunningServer | undefined> {
  if (dbType === 'postgresql') return startPostgres();
  if (dbType === 'mariadb') return startMariadb();
  const binDir = await findMysqlBinDir(process.env);
  return binDir === undefined ? undefined : startMysql({ binDir });
}
