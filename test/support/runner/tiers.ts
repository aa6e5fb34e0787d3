/**
 * Which tests run when: *unit* tests need no server and nothing installed, *servers* tests are the rest of what each
 * change must pass, *long* tests take as long as they are given. A file in a folder `long` is long; so is, if
 * EVERY_CASE is set, a file that otherwise runs a sample of its cases. Any other file belongs to *servers* if it
 * imports or runs, directly or indirectly, a module that starts a server. So every file is in exactly one list.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { EVERY_CASE } from '../every-case.ts';

export type Tier = 'unit' | 'servers' | 'long';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Modules that start a server, a browser or the whole service, or run a program that has to be installed. */
const STARTERS = [
  'lib/local/servers/throwaway.ts',
  'lib/local/aws/dynamodb.ts',
  'lib/local/aws/s3.ts',
  'lib/local/demo/backup/dump.ts',
  'test/support/serve.ts',
  'test/support/browser.ts',
  'test/support/certificates.ts',
];
/** What a file imports that runs a sample of its cases in `npm test`. */
const SAMPLES = 'test/support/every-case.ts';
const IMPORT = /^(?:import|export)\b[^;'"]*?\bfrom\s+'(\.[^']+)'|^import\s+'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;
/** A program of ours that a file starts: its path from the root. */
const PROGRAM = /'((?:bin|test)\/[\w/.-]+\.ts)'/g;
const TYPES_ALONE = /^(?:import|export)\s+type\b/;

/** The test files of a tier, as paths from the root of the project. */
export function filesOf(tier: Tier): string[] {
  return globSync('test/**/*.test.ts', { cwd: ROOT })
    .filter((file) => tierOf(file) === tier)
    .toSorted();
}

/** Whether a test file synthesises stacks, or parts of them. */
export function usesCdk(file: string): boolean {
  return [...reachedFrom(file)].some((reached) => /from 'aws-cdk-lib\b/.test(sourceOf(reached)));
}

function tierOf(file: string): Tier {
  if (file.includes('/long/') || (EVERY_CASE && reachedFrom(file).has(SAMPLES))) return 'long';
  return STARTERS.some((starter) => reachedFrom(file).has(starter)) ? 'servers' : 'unit';
}

/** The file, and everything that it imports or runs, directly or indirectly. */
function reachedFrom(file: string, reached = new Set<string>()): Set<string> {
  if (reached.has(file)) return reached;
  reached.add(file);
  for (const imported of importsOf(file)) reachedFrom(imported, reached);
  return reached;
}

const sources = new Map<string, string>();

function sourceOf(file: string): string {
  let source = sources.get(file);
  if (source === undefined) {
    try {
      source = readFileSync(join(ROOT, file), 'utf8');
    } catch {
      source = ''; // a path that is built at run time
    }
    sources.set(file, source);
  }
  return source;
}

const imports = new Map<string, string[]>();

function importsOf(file: string): string[] {
  let found = imports.get(file);
  if (found === undefined) {
    found = importsIn(file, sourceOf(file));
    imports.set(file, found);
  }
  return found;
}

function importsIn(file: string, source: string): string[] {
  const imported = [...source.matchAll(IMPORT)]
    .filter(([statement]) => !TYPES_ALONE.test(statement))
    .map(([, from, bare, called]) => join(dirname(file), from ?? bare ?? called ?? ''));
  return [...imported, ...[...source.matchAll(PROGRAM)].map(([, path = '']) => path)];
}
