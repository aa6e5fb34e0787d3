/**
 * Backups of Mariabackup and XtraBackup: assembled on the task's disk, and recovered to a point with the binary logs.
 */
import { mkdir } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { isSystemDatabase } from '../../../../lib/databases/database-name.ts';
import { isArchive } from '../../../../lib/databases/physical-tools.ts';
import { innodbMemory, MYSQL_DUMP_FLAGS } from '../../../../lib/engines/physical/innodb-tools.ts';
import type { LoggedTarget } from '../../../../lib/engines/physical/log-goal.ts';
import type { RecoveryTarget } from '../../../../lib/engines/physical/recovery-target.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';
import type { StagedServer, Staging } from '../staged-server.ts';
import { stopwatch } from '../stopwatch.ts';
import { toolOutput } from '../tool-output.ts';
import { checkSeries, findInnodbPrograms } from './innodb-copy-programs.ts';
import { type BinaryLogs, planReplay, replayLogs } from './innodb-copy-replay.ts';
import { type CopyServer, startCopy } from './innodb-copy-server.ts';
import { type ChainObject, prepareChain, unpackChain } from './innodb-copy-unpack.ts';

export type { BinaryLogs, ChainObject };

/**
 * @param chain the full backup first, then each incremental one.
 * @param logs the server's archived binary logs; needed for a point after the backup.
 * @throws RestoreError if something is missing in the chain, in the logs or on this machine; the error of a download;
 * or the signal's reason. By then, everything that it started has ended.
 */
export async function stageInnodbCopy(
  staging: Staging,
  chain: readonly ChainObject[],
  logs: BinaryLogs | undefined,
): Promise<StagedServer> {
  const { directory, took, signal } = staging;
  const newest = chain.at(-1)?.backup;
  if (newest === undefined || !isArchive(newest.engine)) {
    throw new Error(`no chain of Mariabackup or XtraBackup ends with ${newest?.storage_path}`);
  }
  const along = logsFor(staging.target, logs);
  const temporary = join(directory, 'tmp');
  await mkdir(temporary, { mode: 0o700 });
  const programs = await findInnodbPrograms(newest.engine, temporary);
  // if the record names the version, check it before the download
  if (newest.server_version !== null) await checkSeries(programs, newest.server_version);
  const memory = innodbMemory(Math.min(totalmem(), process.constrainedMemory() || totalmem()));
  const lap = stopwatch();

  const links = await unpackChain(staging, chain, programs);
  const last = links[links.length - 1] as (typeof links)[number];
  const replay = along && (await planReplay(along.target, last.logStart, along.logs, signal));
  took({ download_ms: lap() });
  const base = await prepareChain(staging, links, programs, memory);
  const server = await startCopy(staging, base, programs, memory);
  took({ prepare_ms: lap() });
  try {
    const unmoved = `the backup itself (LSN ${last.checkpoints.toLsn})`;
    const reached = replay ? await replayLogs(staging, replay, { programs, server, unmoved }) : unmoved;
    if (replay) took({ replay_ms: lap() });
    return { reached, ...contents(server, programs.tools.dbType, signal), stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * The logs that a recovery target needs; undefined for the backup's own state.
 * @throws RestoreError if there are none.
 */
function logsFor(
  target: RecoveryTarget,
  logs: BinaryLogs | undefined,
): { target: LoggedTarget; logs: BinaryLogs } | undefined {
  switch (target.kind) {
    case 'backup':
      return undefined;
    case 'transaction':
    case 'name':
      throw new RestoreError('MySQL and MariaDB cannot recover to a transaction id or a restore point', {
        hint: 'Choose a point in time or a GTID.',
      });
    case 'time':
    case 'gtid':
      if (logs !== undefined) return { target, logs };
      throw new RestoreError(
        'recovering beyond the backup needs binary logs, but the connection does not say where they are',
        {
          hint: "Set the connection's binlog_prefix to where in the bucket the server's binary logs are archived.",
        },
      );
  }
}

function contents(
  server: CopyServer,
  dbType: 'mysql' | 'mariadb',
  signal: AbortSignal,
): Pick<StagedServer, 'databases' | 'dumpBytes' | 'dump'> {
  return {
    async databases() {
      const found = await server.rows<{ name: string }>('SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA');
      return found.map(({ name }) => name).filter((name) => !isSystemDatabase(dbType, name));
    },
    async dumpBytes(database) {
      const [found] = await server.rows<{ bytes: string | number | null }>(
        'SELECT SUM(DATA_LENGTH) AS bytes FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
        [database],
      );
      return found?.bytes == null ? null : Number(found.bytes);
    },
    async *dump(database) {
      const args = ['--max-allowed-packet=1G', ...MYSQL_DUMP_FLAGS, '--', database];
      yield* toolOutput(await server.clientCall('dump', args), signal);
    },
  };
}
