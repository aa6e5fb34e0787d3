/** Builds the pages with Vite. */
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DIST = join(ROOT, 'dist');
/** Everything that the pages are built from. */
const SOURCES = [
  'web/**/*.*',
  'lib/{errors,formats,databases,storage,engines,connections,accounts,settings,backups,restores,plans,api}/**/*.ts',
  'package-lock.json',
];

/**
 * Builds into a directory, and returns when that is done.
 * @throws Error with Vite's message.
 */
export function buildPages(directory: string): void {
  execFileSync(process.execPath, viteArguments(directory), {
    env: buildEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/**
 * Returns the directory with the pages built from the current sources, and builds them if it doesn't exist yet. Two
 * builds at the same time don't interfere.
 * @throws Error with Vite's message.
 */
export async function builtPages(onBuild: () => void = () => {}): Promise<string> {
  const directory = join(DIST, `web-${sourcesHash()}`);
  if (isThere(directory)) return directory;
  onBuild();
  const building = `${directory}.${process.pid}`;
  try {
    await promisify(execFile)(process.execPath, viteArguments(building), { env: buildEnvironment() });
    renameSync(building, directory);
  } catch (error) {
    if (!isThere(directory)) throw error; // otherwise another process was faster
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return directory;
}

function viteArguments(directory: string): string[] {
  return [
    join(ROOT, 'node_modules/vite/bin/vite.js'),
    'build',
    join(ROOT, 'web'),
    '--outDir',
    directory,
    '--logLevel=warn',
  ];
}

/**
 * Always a production build, even if the calling process isn't in production: otherwise React's development checks
 * would be included.
 */
function buildEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, NODE_ENV: 'production' };
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const file of globSync(SOURCES, { cwd: ROOT }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

function isThere(directory: string): boolean {
  try {
    return readdirSync(directory).includes('index.html');
  } catch {
    return false;
  }
}
