/** Every row of the benchmark, in the order in which they run. */
import { comparisonRow } from './comparison.ts';
import { decryptComparison } from './decrypt.ts';
import { downloadComparison } from './download.ts';
import { firstByteRow } from './first-byte.ts';
import { gunzipComparison } from './gunzip.ts';
import { listsRow } from './lists.ts';
import { memoryRow } from './memory.ts';
import { mysqlLoad } from './mysql-loads.ts';
import { postgresLoad } from './postgres-loads.ts';
import type { Row } from './row.ts';
import { serviceMemoryRow } from './service-memory.ts';
import { streamComparison } from './stream.ts';
import { verification } from './verification.ts';

const SIZES_GIB = [0.5, 4];

export const ROWS: Row[] = [
  ...[
    decryptComparison,
    downloadComparison,
    gunzipComparison,
    streamComparison,
    verification('mariadb', 0.67),
    verification('postgresql', 0.95),
    postgresLoad(1.3),
    postgresLoad(1, 3),
    mysqlLoad('mariadb', 2.5),
    mysqlLoad('mariadb', 1.6, 1),
    mysqlLoad('mysql', 2.5),
  ].map(comparisonRow),
  firstByteRow('postgresql'),
  firstByteRow('mariadb'),
  serviceMemoryRow,
  ...SIZES_GIB.map((gib) => memoryRow('postgresql', gib)),
  ...SIZES_GIB.map((gib) => memoryRow('mariadb', gib)),
  listsRow('backups'),
  listsRow('restores'),
];
