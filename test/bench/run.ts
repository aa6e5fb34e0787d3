/** `npm run bench [-- --only NAME] [-- --scale N] [-- --json]`: what the README and the closing notes say in figures. */
import { parseArgs } from 'node:util';
import type { DbType } from '../../lib/domain/records.ts';
import { measureMemory } from './memory.ts';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    scale: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const scale = Number(options.scale);
if (!(scale > 0)) throw new Error(`--scale must be a positive number, not "${options.scale}"`);

const SIZES_GIB = [0.5, 3];
const TYPES: DbType[] = ['postgresql', 'mariadb'];
const rows = TYPES.flatMap((dbType) => SIZES_GIB.map((gib) => ({ name: `memory ${dbType} ${gib} GiB`, dbType, gib })));
const results = [];
for (const { name, dbType, gib } of rows.filter(
  ({ name }) => options.only === undefined || name.includes(options.only),
)) {
  const row = await measureMemory(dbType, gib * scale);
  results.push({ ...row, name });
  if (!options.json) {
    const { nodeMiB, toolMiB, seconds } = row;
    console.log(
      `${name}: peak ${nodeMiB} MiB in Node + ${toolMiB} MiB in the tool = ${nodeMiB + toolMiB} MiB, ${seconds} s`,
    );
  }
}
if (options.json) console.log(JSON.stringify(results, null, 2));
