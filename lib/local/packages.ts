/**
 * Installs the programs that the service or its tests need on this machine, from Debian's own packages, if they are
 * missing.
 */
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { findCommand, findPostgresBinDir } from '../engines/programs/find-binaries.ts';

/**
 * The purpose of the programs: running a server of that kind, using its client or backup tools, or viewing the pages.
 */
export type Need = 'postgresql' | 'pgbackrest' | 'mariadb-server' | 'mariadb-client' | 'mariadb-backup' | 'browser';

interface Programs {
  /** The programs whose presence shows that the need is met. */
  commands: string[];
  /** The directory that contains all of them, if it isn't on Debian's PATH. */
  findDirectory?(): Promise<string | undefined>;
  debianPackage: string;
}

const NEEDS: Record<Need, Programs> = {
  postgresql: {
    commands: ['initdb', 'postgres', 'psql', 'pg_dump', 'pg_restore'],
    findDirectory: findPostgresBinDir,
    debianPackage: 'postgresql',
  },
  pgbackrest: { commands: ['pgbackrest'], debianPackage: 'pgbackrest' },
  'mariadb-server': { commands: ['mariadbd', 'mariadb-install-db'], debianPackage: 'mariadb-server-core' },
  'mariadb-client': { commands: ['mariadb', 'mariadb-dump'], debianPackage: 'mariadb-client' },
  'mariadb-backup': { commands: ['mariadb-backup', 'mbstream'], debianPackage: 'mariadb-backup' },
  // the variant without a desktop's parts: it loads a page with a third of the CPU that Debian's chromium needs
  browser: { commands: ['chromium-headless-shell'], debianPackage: 'chromium-headless-shell' },
};

export interface Machine {
  isRoot: boolean;
  /** It must not ask for a password. */
  canSudo: boolean;
  hasApt: boolean;
}

export type PackagePlan =
  | { kind: 'nothing' }
  /** `command` is put before `update` or `install …`. */
  | { kind: 'install'; packages: string[]; command: string[] }
  | { kind: 'refuse'; message: string };

const APT_GET = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-o', 'DPkg::Lock::Timeout=120'];
const INSTALL = ['install', '-y', '--no-install-recommends'];

/** What to do about unmet needs. Pure. */
export function planPackages(missing: Need[], machine: Machine): PackagePlan {
  if (missing.length === 0) return { kind: 'nothing' };
  const packages = [...new Set(missing.map((need) => NEEDS[need].debianPackage))];
  if (!machine.hasApt) {
    const commands = missing.flatMap((need) => NEEDS[need].commands).join(', ');
    return { kind: 'refuse', message: `these commands are needed and not on the PATH: ${commands}` };
  }
  if (!machine.isRoot && !machine.canSudo) {
    const message = `programs are missing; run as root (or with sudo): ${lineToType(packages)}`;
    return { kind: 'refuse', message };
  }
  // env has to come after sudo, which would drop the variable.
  return { kind: 'install', packages, command: machine.isRoot ? APT_GET : ['sudo', '-n', ...APT_GET] };
}

function lineToType(packages: string[]): string {
  return `apt-get update && apt-get ${INSTALL.join(' ')} ${packages.join(' ')}`;
}

/**
 * Installs what is missing, and reports that to `log`. If nothing is missing, it does nothing. Throws an Error whose
 * message says what the user must type or install.
 */
export async function ensurePackages(needs: Need[], log: (line: string) => void): Promise<void> {
  const missing = await missingOf(needs);
  if (missing.length === 0) return;
  const plan = planPackages(missing, await thisMachine());
  if (plan.kind === 'refuse') throw new Error(plan.message);
  if (plan.kind === 'nothing') return;
  const packages = plan.packages.join(' ');
  log(`Installing ${packages} with apt-get, once`);
  // Debian also starts a server if a user only wants the programs; a system-wide file prevents that
  // (createcluster.conf).
  if (plan.packages.includes('postgresql'))
    log("  (Debian's package also sets up a server of its own, which stays unused)");
  const install = [...plan.command, ...INSTALL, ...plan.packages];
  const update = [...plan.command, 'update'];
  if (!(await packageListsAreThere())) await run(update, log);
  let outcome = await run(install, log);
  if (outcome.code !== 0) {
    // Outdated lists name versions that the mirror no longer has.
    await run(update, log);
    outcome = await run(install, log);
  }
  const still = await missingOf(needs);
  if (still.length === 0) return;
  throw new Error(`could not install ${packages}:\n${outcome.tail}\nTry by hand: ${lineToType(plan.packages)}`);
}

async function missingOf(needs: Need[]): Promise<Need[]> {
  const missing: Need[] = [];
  for (const need of needs) {
    const { commands, findDirectory } = NEEDS[need];
    const found = findDirectory
      ? [await findDirectory()]
      : await Promise.all(commands.map((name) => findCommand(name)));
    if (found.includes(undefined)) missing.push(need);
  }
  return missing;
}

async function thisMachine(): Promise<Machine> {
  const isRoot = process.getuid?.() === 0;
  const hasApt = (await findCommand('apt-get')) !== undefined;
  const hasSudo = !isRoot && hasApt && (await findCommand('sudo')) !== undefined;
  const canSudo = hasSudo && (await run(['sudo', '-n', 'true'], () => {})).code === 0;
  return { isRoot, canSudo, hasApt };
}

async function packageListsAreThere(): Promise<boolean> {
  const names = await readdir('/var/lib/apt/lists').catch(() => []);
  return names.some((name) => /_Packages(\.\w+)?$/.test(name));
}

/**
 * Shows how much will be downloaded, and each database package as it is set up. Keeps the last lines for an error
 * message.
 */
async function run(
  [command = '', ...args]: string[],
  log: (line: string) => void,
): Promise<{ code: number; tail: string }> {
  const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'] };
  const child = spawn(command, args, options);
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    if (/^(Need to get|Setting up (postgresql|mariadb)\S*) /.test(line)) log(`  ${line}`);
  };
  if (child.stdout) createInterface(child.stdout).on('line', keep);
  if (child.stderr) createInterface(child.stderr).on('line', keep);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, tail: lines.slice(-5).join('\n') };
}
