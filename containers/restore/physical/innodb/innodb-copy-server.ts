/**
 * The server that runs on the prepared copy. It listens on a socket that only this account can reach, with a login of
 * its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mysqlToolTls } from '../../../../lib/engines/connect/tls.ts';
import type { ToolCommand } from '../../../../lib/engines/load/engine.ts';
import { defaultsFile } from '../../../../lib/engines/mysql/load/commands.ts';
import { connectMysqlSocket } from '../../../../lib/engines/mysql/session/session.ts';
import { serverArgs } from '../../../../lib/engines/physical/innodb-tools.ts';
import { unprivilegedAccount, whatOthersCannotEnter } from '../../../../lib/engines/programs/account.ts';
import { keepTool, toolEnvironment } from '../../../../lib/engines/programs/tool-groups.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';
import { readValues } from '../../../../lib/formats/innodb/files.ts';
import type { Staging } from '../staged-server.ts';
import { lastWords, runTool } from '../tool-output.ts';
import type { InnodbPrograms } from './innodb-copy-programs.ts';

/** A socket's path may have 107 bytes (unix(7), sun_path), and the server creates others next to it. */
const LONGEST_SOCKET = 100;
const SOCKET = 'server.sock';
const READY_WITHIN_MS = 600_000;
const LOG_KEPT_CHARACTERS = 16_000;

export interface CopyServer {
  /** The socket that it listens on. */
  socket: string;
  /** The rows of one query, run in a session of its own. */
  rows<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** The command line of a client tool that logs in. */
  clientCall(program: 'client' | 'dump', args: readonly string[]): Promise<ToolCommand>;
  /** Ends it, and waits until it has ended. Calling this twice is fine. */
  stop(): Promise<void>;
}

/** @throws RestoreError with the server's own words if it doesn't start, or the signal's reason. */
export async function startCopy(
  { directory, signal }: Staging,
  data: string,
  programs: InnodbPrograms,
  memoryBytes: number,
): Promise<CopyServer> {
  const run = await runDirectory(directory);
  const login = {
    user: `restore_${randomBytes(6).toString('hex')}`,
    password: `${randomBytes(18).toString('hex')}-aA1`,
  };
  const places = {
    data,
    temporary: join(directory, 'tmp'),
    initFile: join(run, 'login.sql'),
    socket: join(run, SOCKET),
    files: join(directory, 'files'),
  };
  await mkdir(places.files, { mode: 0o700 });
  // one statement per line. An account is created, because a log's CREATE USER could not be replayed on a server
  // without any (--skip-grant-tables)
  await writeFile(
    places.initFile,
    `CREATE USER '${login.user}'@'localhost' IDENTIFIED BY '${login.password}';\n` +
      `GRANT ALL PRIVILEGES ON *.* TO '${login.user}'@'localhost' WITH GRANT OPTION;\n`,
    { mode: 0o600 },
  );
  const settingsFile = join(run, 'client.cnf');
  await writeFile(settingsFile, defaultsFile(login.password), { mode: 0o600 });
  const settings = readValues(await readFile(join(data, 'backup-my.cnf'), 'utf8').catch(() => ''));
  const command = await programs.call('server', serverArgs(programs.tools, places, settings, memoryBytes));
  const server = await spawnServer(command, run.startsWith(directory) ? [directory] : [directory, run]);
  const stop = async () => {
    // nothing in it is kept, so it doesn't need to shut down cleanly
    server.child.kill('SIGKILL');
    await server.closed;
    await rm(run, { recursive: true, force: true });
  };
  const rows = async <Row>(sql: string, values: unknown[] = []): Promise<Row[]> => {
    const client = await connectMysqlSocket(places.socket, login.user, login.password);
    try {
      const [found] = await client.query(sql, values);
      return found as Row[];
    } finally {
      await client.end();
    }
  };
  try {
    await untilReady(server, () => rows('SELECT 1'), programs.tools.title, signal);
    await rm(places.initFile);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    socket: places.socket,
    rows,
    stop,
    clientCall: (program, args) =>
      programs.call(program, [
        `--defaults-file=${settingsFile}`, // must come first; keeps every other settings file out
        `--user=${login.user}`,
        `--socket=${places.socket}`,
        '--protocol=SOCKET',
        // no TLS on a socket: from series 11.4 on, MariaDB's client would insist on a certificate
        ...mysqlToolTls(programs.tools.clientFlavour, 'disable', false, ''),
        ...args,
      ]),
  };
}

/** In the directory if its path is short enough for a socket, otherwise in the system's temporary directory. */
async function runDirectory(directory: string): Promise<string> {
  const run = join(directory, 'run');
  if (Buffer.byteLength(join(run, SOCKET)) > LONGEST_SOCKET) return mkdtemp(join(tmpdir(), 'jagad-run-'));
  await mkdir(run, { mode: 0o700 });
  return run;
}

interface ServerProcess {
  child: ChildProcess;
  closed: Promise<void>;
  /** The end of its log. */
  log(): string;
}

/**
 * Runs the server as another account, because it refuses to run as root. It ends with this process, however that ends.
 */
async function spawnServer({ command, args, env }: ToolCommand, itsOwn: string[]): Promise<ServerProcess> {
  const account = await unprivilegedAccount();
  const asAccount: string[] = [];
  if (account !== undefined) {
    for (const directory of itsOwn) {
      const closed = await whatOthersCannotEnter(dirname(directory));
      if (closed === undefined) continue;
      throw new RestoreError(`the server runs as ${account.name}, who cannot enter ${closed}`, {
        hint: 'Choose another work directory, or run the restore as a user other than root.',
      });
    }
    const chown = { command: 'chown', args: ['-R', `${account.uid}:${account.gid}`, ...itsOwn], env };
    await runTool(chown, AbortSignal.timeout(READY_WITHIN_MS));
    asAccount.push(`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups');
  }
  const child = spawn('setpriv', ['--pdeathsig=KILL', ...asAccount, command, ...args], {
    env: toolEnvironment(env),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // a Ctrl+C in a terminal is meant for this process
  });
  const forget = child.pid === undefined ? () => {} : keepTool(child.pid);
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-LOG_KEPT_CHARACTERS);
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      forget();
      resolve();
    });
    child.once('error', (error) => {
      log += error.message;
      resolve();
    });
  });
  return { child, closed, log: () => log };
}

async function untilReady(
  { closed, log }: ServerProcess,
  ask: () => Promise<unknown>,
  title: string,
  signal: AbortSignal,
): Promise<void> {
  let ended = false;
  closed.then(() => {
    ended = true;
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    if (ended || performance.now() > deadline) {
      throw new RestoreError(`${title} did not start on the copy: ${lastWords(log())}`, {
        hint: 'Fix the error in the message, or restore another backup.',
      });
    }
    const answers = await ask().then(
      () => true,
      () => false,
    );
    if (answers) return;
    await sleep(50);
  }
}
