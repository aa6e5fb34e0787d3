/** Restores of a mysqldump file: by the engine, against `gzip -dc FILE | mariadb DATABASE`. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { DbType } from '../../lib/databases/names.ts';
import { gunzip } from '../../lib/pipeline/decompression/gunzip.ts';
import { emptyDatabase, loadWithClient, loadWithEngine, withDump } from '../support/mysql-load.ts';
import type { Comparison } from './comparison.ts';
import { mysqlDumpFile } from './mysql-dump-data.ts';
import { serverAsInstalled } from './servers.ts';
import { serverVersion } from './versions.ts';

const TABLES = 4;

/** @param sessions how many the engine loads with; its own choice by default. */
export function mysqlLoad(dbType: DbType, goal: number, sessions?: number): Comparison {
  const how = sessions === undefined ? '' : `, ${sessions} session${sessions === 1 ? '' : 's'}`;
  return {
    name: `${dbType} ${TABLES} tables${how}`,
    unit: 's',
    goal,
    peer: `gzip -dc | ${dbType}`,
    open: async (scale) => {
      const file = await mysqlDumpFile(TABLES, scale);
      const server = await serverAsInstalled(dbType);
      const timed = async (database: string, load: () => Promise<unknown>) => {
        await emptyDatabase(server, database);
        const began = performance.now();
        await load();
        return (performance.now() - began) / 1000;
      };
      const hashOf = (database: string) =>
        withDump(server, database, async (dump) => {
          const hash = createHash('sha256');
          for await (const chunk of dump) hash.update(chunk);
          return hash.digest('hex');
        });
      return {
        versions: serverVersion(server),
        ours: () =>
          timed('ours', () =>
            loadWithEngine(server, 'ours', gunzip(createReadStream(file)), sessions === undefined ? {} : { sessions }),
          ),
        theirs: () =>
          timed('theirs', () =>
            loadWithClient(
              server,
              'theirs',
              spawn('gzip', ['-dc', file], { stdio: ['ignore', 'pipe', 'inherit'] }).stdout,
            ),
          ),
        check: async () => {
          if ((await hashOf('ours')) !== (await hashOf('theirs'))) throw new Error('the two restores differ');
        },
        close: async () => {},
      };
    },
  };
}
