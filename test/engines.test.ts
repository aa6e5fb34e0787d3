/**
 * An engine is chosen by a record over all of them (see lib/databases/engines.ts), and so is a tool of physical backups
 * (lib/databases/physical-tools.ts): a new one is a compile error wherever it is missing. A comparison with one name would
 * silently treat the new one as another.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ENGINES } from '../lib/databases/engines.ts';
import { DB_TYPES, PHYSICAL_ENGINES } from '../lib/databases/names.ts';
import { PHYSICAL_TOOLS } from '../lib/databases/physical-tools.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['bin', 'lib', 'functions', 'containers', 'web/src'];
const NAME = `['"\`](?:${[...DB_TYPES, ...PHYSICAL_ENGINES].join('|')})['"\`]`;
const COMPARED = new RegExp(`[!=]==?\\s*${NAME}|${NAME}\\s*[!=]==?|\\bcase\\s+${NAME}`);

/** The lines of a source that compare with the name of an engine or tool. */
function comparisons(source: string): string[] {
  return source.split('\n').filter((line) => COMPARED.test(line));
}

it('nothing is decided by a comparison with the name of an engine or of a tool of physical backups', () => {
  const files = globSync(
    FOLDERS.map((folder) => `${folder}/**/*.{ts,tsx}`),
    { cwd: ROOT },
  ).filter((file) => !file.includes('node_modules/'));
  expect(files.length).toBeGreaterThan(400);
  const found = files.flatMap((file) =>
    comparisons(readFileSync(join(ROOT, file), 'utf8')).map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});

it.each([
  "return dbType === 'postgresql' ? a : b;",
  "if (connection.db_type !== 'mysql') return;",
  'const own = "mariadb" == server.dbType;',
  "    case 'mariadb':",
  "const isWhole = backup.engine !== 'pgbackrest';",
])('sees %s', (line) => {
  expect(comparisons(line)).toEqual([line]);
});

it('the facts about each engine are consistent', () => {
  const schemes = DB_TYPES.flatMap((dbType) => ENGINES[dbType].urlSchemes);
  expect(new Set(schemes).size).toBe(schemes.length);
  expect(new Set(DB_TYPES.map((dbType) => ENGINES[dbType].title)).size).toBe(DB_TYPES.length);
  const tools = DB_TYPES.flatMap((dbType) => ENGINES[dbType].physicalEngines);
  expect(new Set(tools)).toEqual(new Set(PHYSICAL_ENGINES));
});

it('the facts about each physical backup tool are consistent', () => {
  for (const tool of PHYSICAL_ENGINES) {
    const { points, gtid } = PHYSICAL_TOOLS[tool];
    expect([tool, gtid !== null]).toEqual([tool, (points as readonly string[]).includes('gtid')]);
    expect([tool, gtid?.example.includes(':') ?? false]).toEqual([tool, gtid?.hasColon ?? false]);
  }
  const titles = PHYSICAL_ENGINES.map((tool) => PHYSICAL_TOOLS[tool].title);
  expect(new Set(titles).size).toBe(PHYSICAL_ENGINES.length);
});
