/** A verification, which also judges the dump and gathers what it contains, against reading and summing its bytes alone. */
import { crc32 } from 'node:zlib';
import type { DbType } from '../../lib/databases/names.ts';
import { openBackup } from '../../lib/pipeline/opening/open-backup.ts';
import { verifyBackup } from '../../lib/pipeline/verification/verify-object.ts';
import type { Comparison } from './comparison.ts';
import { drain, secondsOf } from './figures.ts';
import { mysqlDumpFile } from './mysql-dump-data.ts';
import { fileSource, keptArchive } from './postgres-loads.ts';
import { serverAsInstalled } from './servers.ts';
import { nodeVersion } from './versions.ts';

const TABLES = 4;

/** @param goal how long reading alone may take, as a part of the verification */
export function verification(dbType: DbType, goal: number): Comparison {
  return {
    name: `verification ${dbType}`,
    peer: 'downloading, unpacking and summing its bytes alone',
    unit: 's',
    goal,
    open: async (scale) => {
      const file =
        dbType === 'postgresql'
          ? keptArchive(await serverAsInstalled(dbType), scale)
          : await mysqlDumpFile(TABLES, scale);
      let tables = 0;
      return {
        versions: nodeVersion,
        ours: () =>
          secondsOf(async () => {
            const { dumpContents } = await verifyBackup(await fileSource(file), [], null, { dbType });
            tables =
              dumpContents?.kind === 'mysqldump' ? dumpContents.tables.length : (dumpContents?.objects.length ?? 0);
          }),
        // a verification also sums each part, to tell a damaged object from bytes that change on their way
        theirs: () =>
          secondsOf(async () => drain((await openBackup(await fileSource(file), [], { onPart: crc32 })).dump)),
        check: async () => {
          if (tables < TABLES) throw new Error(`the verification found ${tables} tables`);
        },
        close: async () => {},
      };
    },
  };
}
