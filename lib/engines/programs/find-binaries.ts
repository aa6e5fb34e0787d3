/** Finds the programs of each database on this machine. */
import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** The directory in which Debian's packages, and those of apt.postgresql.org, put each major version of PostgreSQL. */
const DEBIAN_POSTGRES = '/usr/lib/postgresql';

type Environment = Record<string, string | undefined>;

/** Debian keeps servers in directories that aren't on an ordinary user's PATH. */
export function searchPath(env: Environment): string[] {
  const own = (env.PATH ?? '').split(':').filter((directory) => directory.startsWith('/'));
  return [...new Set([...own, '/usr/sbin', '/usr/bin', '/sbin', '/bin'])];
}

/** The full path of a command; undefined if it doesn't exist. Dangling links don't count. */
export async function findCommand(name: string, env: Environment = process.env): Promise<string | undefined> {
  for (const directory of searchPath(env)) {
    if (await isExecutable(join(directory, name))) return join(directory, name);
  }
  return undefined;
}

/** The directory of PostgreSQL's server and tools: Debian's newest version, or else the one on the PATH. */
export async function findPostgresBinDir(
  env: Environment = process.env,
  debianRoot = DEBIAN_POSTGRES,
): Promise<string | undefined> {
  const versions = await readdir(debianRoot).catch(() => []);
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
    const binDir = join(debianRoot, version, 'bin');
    if ((await isExecutable(join(binDir, 'initdb'))) && (await isExecutable(join(binDir, 'postgres')))) return binDir;
  }
  const initdb = await findCommand('initdb', env);
  const binDir = initdb && dirname(initdb);
  return binDir && (await isExecutable(join(binDir, 'postgres'))) ? binDir : undefined;
}

/** Each major version of PostgreSQL's server and tools installed by Debian's packages: version → directory. */
export async function findPostgresMajors(debianRoot = DEBIAN_POSTGRES): Promise<Map<string, string>> {
  const versions = await readdir(debianRoot).catch(() => []);
  const found = new Map<string, string>();
  for (const version of versions.sort((a, b) => Number(a) - Number(b))) {
    const binDir = join(debianRoot, version, 'bin');
    if (await isExecutable(join(binDir, 'postgres'))) found.set(version, binDir);
  }
  return found;
}

/**
 * PostgreSQL's clients, from major version to the directory of its pg_restore: each of Debian's, and the one on the
 * PATH if that is a different one.
 */
export async function findPostgresClients(
  env: Environment = process.env,
  debianRoot = DEBIAN_POSTGRES,
): Promise<ReadonlyMap<number, string>> {
  const versions = await readdir(debianRoot).catch(() => []);
  const onPath = await findCommand('pg_restore', env);
  const binDirs = [
    ...(onPath === undefined ? [] : [dirname(onPath)]),
    // Debian's own directory comes first, because Debian's command on the PATH is a script that chooses one of the
    // versions
    ...versions.map((version) => join(debianRoot, version, 'bin')),
  ];
  const clients = new Map<number, string>();
  for (const binDir of binDirs) {
    const major = await clientMajorIn(binDir);
    if (major !== undefined) clients.set(major, binDir);
  }
  return clients;
}

/** The version of a directory's pg_restore; undefined if it doesn't exist or doesn't run. */
async function clientMajorIn(binDir: string): Promise<number | undefined> {
  const { stdout } = await promisify(execFile)(join(binDir, 'pg_restore'), ['--version']).catch(() => ({ stdout: '' }));
  const [, major] = /^pg_restore \(PostgreSQL\) (\d+)/.exec(stdout) ?? [];
  return major === undefined ? undefined : Number(major);
}

/**
 * The directory of a real MySQL: MYSQL_BIN_DIR, or else that of a `mysqld` on the PATH. MariaDB's packages install a
 * `mysqld` too, so each one's version is checked. Throws if MYSQL_BIN_DIR is set but contains no MySQL.
 */
export async function findMysqlBinDir(env: Environment = process.env): Promise<string | undefined> {
  const wanted = env.MYSQL_BIN_DIR;
  if (wanted) {
    if (await isMysql(join(wanted, 'mysqld'))) return wanted;
    throw new Error(`MYSQL_BIN_DIR=${wanted} holds no MySQL server: there is no mysqld, or it is MariaDB's`);
  }
  for (const directory of searchPath(env)) {
    if (await isMysql(join(directory, 'mysqld'))) return directory;
  }
  return undefined;
}

async function isMysql(mysqld: string): Promise<boolean> {
  if (!(await isExecutable(mysqld))) return false;
  const { stdout } = await promisify(execFile)(mysqld, ['--no-defaults', '--version']).catch(() => ({ stdout: '' }));
  return stdout.includes('Ver ') && !stdout.includes('MariaDB');
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
