/** Dumps a database with the same tools and flags as Jagad (taken from its source). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DEMO_ENGINES } from '../engines.ts';
import type { DumpCommand, DumpedServer } from './dump-commands.ts';

/** Pure. The tool is taken from the server's own `binDir`, or else from the PATH. */
export function dumpCommand(server: DumpedServer, database: string, credentialsFile: string): DumpCommand {
  return DEMO_ENGINES[server.dbType].dumpCommand(server, database, credentialsFile);
}

/**
 * The dump as a stream. If the tool fails, the stream fails with the tool's own message, because a stream that just
 * ended would look like a complete dump. Destroying the stream ends the tool.
 * @param extraArgs flags that Jagad doesn't use.
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
  // Awaited only after the output's end. If the command doesn't exist, it fails before that.
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
