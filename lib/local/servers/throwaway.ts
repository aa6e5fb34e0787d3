/**
 * Database servers for a demo or a test. Each is in a private directory that is deleted with it, on a free port of
 * 127.0.0.1, with a random password. They end with this process, however that ends (see watchdog.sh). Linux only.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pTimeout from 'p-timeout';
import type { DbType } from '../../databases/names.ts';
import { type Account, unprivilegedAccount, whatOthersCannotEnter } from '../../engines/programs/account.ts';
import { freePort } from './free-port.ts';

export interface RunningServer {
  dbType: DbType;
  host: '127.0.0.1';
  port: number;
  username: string;
  password: string;
  /** The server's own version, without anything but the numbers: `15.18`, `10.11.14`, `9.7.4`. */
  version: string;
  /** The directory of this server's own client tools, if they share one. */
  binDir?: string;
  /** Ends the server, waits for that, and deletes its directory. It may be called twice. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** The directory in which the server's directory is created; by default, the system's temporary directory. */
  parentDir?: string;
  log?: (line: string) => void;
  /** Appended to the server's own arguments. If an option is given twice, the last one counts. */
  extraArgs?: string[];
}

export interface Place {
  directory: string;
  port: number;
}

/** What differs between the engines. */
export interface Recipe {
  dbType: DbType;
  /** The server's name as people write it: `PostgreSQL`. */
  title: string;
  /** The prefix of the directory's name. */
  prefix: string;
  username: string;
  password: string;
  binDir: string;
  /** The signal that ends the server quickly but cleanly. */
  stopSignal: 'INT' | 'TERM';
  /**
   * Files in the directory that contain the password, by name. Only the server can read them, and they are deleted once
   * it is running.
   */
  secretFiles: Record<string, string>;
  /** Commands that run one after another; the last one is the server itself. */
  commands(place: Place): string[][];
  /** Logs in with the password and returns the version. Throws if that isn't possible yet. */
  version(place: Place): Promise<string>;
}

const READY_WITHIN_MS = 120_000;
const ATTEMPTS = 4;
const PORT_TAKEN = /address already in use|can't start server: bind/i;
const WATCHDOG = fileURLToPath(new URL('./watchdog.sh', import.meta.url));

/**
 * Starts a server and waits until it accepts its password. If another process took the port meanwhile, it tries again.
 * Throws an Error with the end of the server's log if the server ends early or isn't ready after two minutes.
 */
export async function startThrowaway(recipe: Recipe, options: ServerOptions): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(recipe, options);
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof Error && PORT_TAKEN.test(error.message))) throw error;
      options.log?.(`${recipe.title}: its port was taken in the meantime, trying another`);
    }
  }
}

async function start(recipe: Recipe, options: ServerOptions): Promise<RunningServer> {
  const began = performance.now();
  const account = await unprivilegedAccount();
  const parentDir = await parentDirectory(options.parentDir, account);
  const directory = await mkdtemp(join(parentDir, recipe.prefix));
  const place = { directory, port: await freePort() };
  let watchdog: Watchdog | undefined;
  try {
    if (account) await chown(directory, account.uid, account.gid);
    for (const [name, text] of Object.entries(recipe.secretFiles)) {
      await writeFile(join(directory, name), text, { mode: 0o600 });
      if (account) await chown(join(directory, name), account.uid, account.gid);
    }
    watchdog = await spawnWatchdog(directory, recipe.stopSignal, asScript(recipe.commands(place)), account);
    const version = await untilReady(recipe, place, watchdog);
    for (const name of Object.keys(recipe.secretFiles)) await rm(join(directory, name));
    options.log?.(
      `${recipe.title} ${version} is ready on 127.0.0.1:${place.port} (${((performance.now() - began) / 1000).toFixed(1)} s)`,
    );
    const { stop } = watchdog;
    const { dbType, username, password, binDir } = recipe;
    return { dbType, host: '127.0.0.1', port: place.port, username, password, version, binDir, stop };
  } catch (error) {
    await watchdog?.stop();
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** The default may be unsuitable: root's own TMPDIR is often a directory that no other user may enter. */
async function parentDirectory(wanted: string | undefined, account: Account | undefined): Promise<string> {
  const parentDir = await realpath(wanted ?? tmpdir());
  const closed = account && (await whatOthersCannotEnter(parentDir));
  if (!closed) return parentDir;
  if (wanted === undefined) return '/tmp';
  throw new Error(
    `the server runs as ${account.name}, who cannot enter ${closed}: choose another directory for ${parentDir}`,
  );
}

async function untilReady(recipe: Recipe, place: Place, watchdog: Watchdog): Promise<string> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const ended = !watchdog.serverLives();
    let reason: unknown;
    try {
      if (!ended) return await recipe.version(place);
    } catch (error) {
      reason = error;
    }
    if (ended || performance.now() > deadline) {
      const what = ended ? 'ended before it was ready' : `was not ready after ${READY_WITHIN_MS / 1000} s`;
      throw new Error(`${recipe.title} ${what}${await logTail(place.directory)}`, { cause: reason });
    }
    await sleep(50);
  }
}

async function logTail(directory: string): Promise<string> {
  const text = await readFile(join(directory, 'server.log'), 'utf8').catch(() => '');
  return text === ''
    ? ', and wrote no log'
    : `; the end of its log:\n${text.trimEnd().split('\n').slice(-20).join('\n')}`;
}

/** `a && b && exec c`: the last command replaces the shell, and gets its signals. */
function asScript(commands: string[][]): string {
  const quoted = commands.map((command) => command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' '));
  const server = quoted.pop();
  return [...quoted, `exec ${server}`].join(' && ');
}

interface Watchdog {
  serverLives(): boolean;
  stop(): Promise<void>;
}

async function spawnWatchdog(
  directory: string,
  signal: string,
  script: string,
  account: Account | undefined,
): Promise<Watchdog> {
  const asAccount = account ? ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : [];
  const child = spawn('sh', [WATCHDOG, directory, signal, ...asAccount, 'sh', '-c', script], {
    cwd: directory,
    // Nothing from our own environment, neither PGDATA and the like nor secrets. With the C locale, messages have the
    // form that this file expects.
    env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: directory, TMPDIR: directory, LC_ALL: 'C.UTF-8' },
    // A session of its own, so that a Ctrl+C in a terminal only reaches the owner, which then ends the server cleanly.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [first] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [
    string | number | null,
  ];
  const pid = Number(first);
  if (typeof first !== 'string' || !(pid > 0)) throw new Error(`the watchdog of ${directory} ended at once (${first})`);
  child.stdout.destroy();
  // A process that doesn't call stop() can still end, and its end stops the server.
  child.unref();
  (child.stdin as Writable & { unref(): void }).unref();
  let stopping: Promise<void> | undefined;
  return {
    serverLives: () => isAlive(pid),
    stop: () => {
      stopping ??= endOf(child.stdin, ended, directory);
      return stopping;
    },
  };
}

async function endOf(pipe: Writable, ended: Promise<unknown>, directory: string): Promise<void> {
  pipe.end();
  await pTimeout(ended, {
    milliseconds: 20_000,
    message: `the server in ${directory} did not end within 20 s`,
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is running, as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
