/** `npm run bench [-- --only NAME] [-- --scale N] [-- --json]`: what the README and the closing notes say in figures. */
import { parseArgs } from 'node:util';
import { type Comparison, compare, describeComparison } from './comparison.ts';
import { decryptComparison } from './decrypt.ts';
import { downloadComparison } from './download.ts';
import { gunzipComparison } from './gunzip.ts';
import type { ListedKind } from './lists.ts';
import { mysqlLoad } from './mysql-loads.ts';
import { postgresLoad } from './postgres-loads.ts';
import { SAMPLES_DIRECTORY } from './samples.ts';
import { streamComparison } from './stream.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    scale: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const scale = Number(options.scale);
if (!(scale > 0)) throw new Error(`--scale must be a positive number, not "${options.scale}"`);

interface Row {
  name: string;
  /** What was measured, and how it is said. */
  measure(): Promise<{ result: object; line: string }>;
}

/** Ours against what a user would run instead. */
const COMPARISONS: Comparison[] = [
  decryptComparison,
  downloadComparison,
  gunzipComparison,
  streamComparison,
  postgresLoad(1.3),
  postgresLoad(1, 3),
  mysqlLoad('mariadb', 2.5),
  mysqlLoad('mariadb', 1.6, 1),
  ...(process.env.MYSQL_BIN_DIR === undefined ? [] : [mysqlLoad('mysql', 2.5)]),
];

// The rows from here on run the whole service, whose modules are loaded when their turn comes: the heap of the rows above
// is as small as a task's, whose collections take the less time for it.
const SIZES_GIB = [0.5, 2, 4];
const LISTED_RECORDS = 200_000;

const memory = (['postgresql', 'mariadb'] as const).flatMap((dbType) =>
  SIZES_GIB.map(
    (gib): Row => ({
      name: `memory ${dbType} ${gib} GiB`,
      measure: async () => {
        const { describeMemory, measureMemory } = await import('./memory.ts');
        const result = await measureMemory(dbType, gib * scale);
        return { result, line: describeMemory(result) };
      },
    }),
  ),
);
const firstBytes = (['postgresql', 'mariadb'] as const).map(
  (dbType): Row => ({
    name: `first byte ${dbType}`,
    measure: async () => {
      const { describeFirstByte, measureFirstByte } = await import('./first-byte.ts');
      const result = await measureFirstByte(dbType);
      return { result, line: describeFirstByte(result) };
    },
  }),
);
const lists = (['backups', 'restores'] satisfies ListedKind[]).map(
  (kind): Row => ({
    name: `lists ${kind} ${LISTED_RECORDS}`,
    measure: async () => {
      const { describeLists, measureLists } = await import('./lists.ts');
      const result = await measureLists(kind, Math.round(LISTED_RECORDS * scale));
      return { result, line: describeLists(result) };
    },
  }),
);

const comparisons = COMPARISONS.map(
  (comparison): Row => ({
    name: comparison.name,
    measure: async () => {
      const result = await compare(comparison, scale);
      return { result, line: describeComparison(result) };
    },
  }),
);

if (!options.json) console.log(`data is kept in ${SAMPLES_DIRECTORY}`);
const results = [];
for (const { name, measure } of [...comparisons, ...firstBytes, ...memory, ...lists]) {
  if (options.only !== undefined && !name.includes(options.only)) continue;
  const { result, line } = await measure();
  results.push({ ...result, name });
  if (!options.json) console.log(`${name}: ${line}`);
}
if (options.json) console.log(JSON.stringify(results, null, 2));
