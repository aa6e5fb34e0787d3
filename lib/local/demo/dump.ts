/** Dumps a database with the same tools and flags as Jagad (read off its source). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MYSQL_DUMP_FLAGS } from '../../domain/physical/innodb-tools.ts';
import type { RunningServer } from '../servers/throwaway.ts';

type DumpedServer = Omit<RunningServer, 'stop' | 'version'>;

export interface DumpCommand {
  command: string;
  args: string[];
  env: Record<string, string>;
  /** What `credentialsFile` has to hold while the command runs: the password stands nowhere else. */
  credentials: string;
}

/** Pure. The tool comes from the server's own `binDir`, else from the PATH. */
export function dumpCommand(server: DumpedServer, database: string, credentialsFile: string): DumpCommand {
  const tool = (name: string) => (server.binDir === undefined ? name : join(server.binDir, name));
  const { host, port, username, password } = server;
  if (server.dbType === 'postgresql') {
    return {
      command: tool('pg_dump'),
      args: ['-d', `dbname='${escaped(database, "'")}'`, '--no-password', '--clean', '--if-exists', '--format=c'],
      env: { PGHOST: host, PGPORT: String(port), PGUSER: username, PGPASSFILE: credentialsFile },
      credentials: `*:*:*:*:${escaped(password, ':')}\n`,
    };
  }
  return {
    command: tool(server.dbType === 'mariadb' ? 'mariadb-dump' : 'mysqldump'),
    // Has to come first. Not --defaults-extra-file: a password in the user's ~/.my.cnf would win over it.
    // biome-ignore format: what Jagad says, in one line
    args: [`--defaults-file=${credentialsFile}`, '-h', host, '-P', String(port), '-u', username,
      ...MYSQL_DUMP_FLAGS, '--', database],
    env: {},
    credentials: `[client]\npassword="${escaped(password, '"')}"\n`,
  };
}

/** Conninfo, .pgpass and option files all escape with a backslash. */
function escaped(text: string, special: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(special, `\\${special}`);
}

/**
 * The dump as a stream. It fails, with the tool's own words, when the tool does: a stream that just ended would pass for
 * a whole dump. Destroying it ends the tool.
 * @param extraArgs what Jagad does not say to the tool.
 */
export function openDump(server: DumpedServer, database: string, extraArgs: string[] = []): Readable {
  return Readable.from(dump(server, database, extraArgs), { objectMode: false });
}

async function* dump(server: DumpedServer, database: string, extraArgs: string[]): AsyncGenerator<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'jagad-dump-'));
  try {
    const credentialsFile = join(directory, 'credentials');
    const { command, args, env, credentials } = dumpCommand(server, database, credentialsFile);
    await writeFile(credentialsFile, credentials, { mode: 0o600 });
    yield* outputOf(command, [...args, ...extraArgs], { PATH: process.env.PATH ?? '', ...env });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function* outputOf(command: string, args: string[], env: Record<string, string>): AsyncGenerator<Buffer> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  // Awaited only after the output's end; a command that is not there fails before.
  closed.catch(() => {});
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000);
  });
  try {
    yield* child.stdout;
    const [code, signal] = (await closed) as [number | null, string | null];
    if (code !== 0) throw new Error(`${command} ended with ${signal ?? code}: ${complaints.trim()}`);
  } finally {
    child.kill();
  }
}
