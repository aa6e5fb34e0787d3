import { findMysqlBinDir } from '../../programs/find-binaries.ts';
import { startMariadb } from '../servers/mariadb.ts';
import { startMysql } from '../servers/mysql.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { RunningServer } from '../servers/throwaway.ts';
import type { DemoServer, Say } from './demo.ts';

/**
 * Starts the demo's throwaway servers, all at once.
 * @param onStarted called with each server as soon as it has to be stopped some time.
 */
export async function startDemoServers(say: Say, onStarted: (server: RunningServer) => void): Promise<DemoServer[]> {
  const noted = async (starting: Promise<RunningServer>) => {
    const server = await starting;
    onStarted(server);
    return server;
  };
  const mysqlBinDir = await findMysqlBinDir(process.env);
  say(`starting throwaway servers: PostgreSQL, MariaDB${mysqlBinDir === undefined ? '' : ', MySQL'}`);
  const [postgres, mariadb, mysql] = await Promise.all([
    noted(startPostgres()),
    noted(startMariadb()),
    mysqlBinDir === undefined ? undefined : noted(startMysql({ binDir: mysqlBinDir })),
  ]);
  const id = (last: number) => `d3a0c6a4-7c1e-4b52-9f06-00000000000${last}`;
  return [
    { server: postgres, name: 'Demo PostgreSQL', connectionId: id(1), encrypted: true },
    { server: mariadb, name: 'Demo MariaDB', connectionId: id(2), encrypted: false },
    ...(mysql === undefined ? [] : [{ server: mysql, name: 'Demo MySQL', connectionId: id(3), encrypted: true }]),
  ];
}
