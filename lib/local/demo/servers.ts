import { titleOf } from '../../databases/engines.ts';
import type { DbType } from '../../databases/names.ts';
import type { RunningServer } from '../servers/throwaway.ts';
import type { DemoServer, Say } from './demo.ts';
import { DEMO_ENGINES } from './engines.ts';

/**
 * Starts the demo's throwaway servers, all at once.
 * @param onStarted called with each server once it has to be stopped at some point.
 */
export async function startDemoServers(say: Say, onStarted: (server: RunningServer) => void): Promise<DemoServer[]> {
  const dbTypes = Object.keys(DEMO_ENGINES) as DbType[];
  const found = await Promise.all(
    dbTypes.map(async (dbType, index) => ({ dbType, index, start: await DEMO_ENGINES[dbType].findServer() })),
  );
  const startable = found.flatMap(({ start, ...one }) => (start === undefined ? [] : { ...one, start }));
  say(`starting throwaway servers: ${startable.map(({ dbType }) => titleOf(dbType)).join(', ')}`);
  return Promise.all(
    startable.map(async ({ dbType, index, start }) => {
      const server = await start();
      onStarted(server);
      return {
        server,
        name: `Demo ${titleOf(dbType)}`,
        // the same at each start: records of earlier starts stay valid
        connectionId: `d3a0c6a4-7c1e-4b52-9f06-00000000000${index + 1}`,
        encrypted: DEMO_ENGINES[dbType].encrypted,
      };
    }),
  );
}
