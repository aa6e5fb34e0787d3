/** The differential test of each engine: a server of its own, and what one seed shows. */
import type { DbType } from '../../../lib/databases/names.ts';
import { startServer } from '../servers.ts';
import type { Counts } from './differential.ts';
import { differMysql, prepareMysql } from './mysql-differential.ts';
import { differPostgres, preparePostgres } from './postgres-differential.ts';

export interface Differential {
  counts: Counts;
  /** @returns what is wrong with our loads, as lines to read */
  differ(seed: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** @returns undefined if there is no such server here */
export async function startDifferential(dbType: DbType): Promise<Differential | undefined> {
  const server = await startServer(dbType);
  if (server === undefined) return undefined;
  const [prepare, differ] = dbType === 'postgresql' ? [preparePostgres, differPostgres] : [prepareMysql, differMysql];
  await prepare(server);
  const counts = { taken: 0, made: 0, clientFailed: 0, loads: 0 };
  return { counts, differ: (seed) => differ(server, seed, counts), stop: () => server.stop() };
}
