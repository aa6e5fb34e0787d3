/**
 * An engine is chosen from a record over all of them (see lib/domain/engines/engines.ts), so that a new one doesn't
 * compile wherever it is missing. A comparison with one engine's name would silently treat the new one as the other.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ENGINES } from '../lib/domain/engines/engines.ts';
import { DB_TYPES, PHYSICAL_ENGINES } from '../lib/domain/records.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['bin', 'lib', 'functions', 'containers', 'web/src'];
const NAME = `['"\`](?:${DB_TYPES.join('|')})['"\`]`;
const COMPARED = new RegExp(`[!=]==?\\s*${NAME}|${NAME}\\s*[!=]==?|\\bcase\\s+${NAME}`);

/** The lines of a source that compare with an engine's name. */
function comparisons(source: string): string[] {
  return source.split('\n').filter((line) => COMPARED.test(line));
}

it('nothing is decided by a comparison with an engine', () => {
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
])('sees %s', (line) => {
  expect(comparisons(line)).toEqual([line]);
});

it('the facts of each engine match each other', () => {
  const schemes = DB_TYPES.flatMap((dbType) => ENGINES[dbType].urlSchemes);
  expect(new Set(schemes).size).toBe(schemes.length);
  expect(new Set(DB_TYPES.map((dbType) => ENGINES[dbType].title)).size).toBe(DB_TYPES.length);
  const tools = DB_TYPES.flatMap((dbType) => ENGINES[dbType].physicalEngines);
  expect(new Set(tools)).toEqual(new Set(PHYSICAL_ENGINES));
});
