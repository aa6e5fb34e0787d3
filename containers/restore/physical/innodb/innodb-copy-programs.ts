/** The programs that a physical backup of MariaDB or MySQL needs, and a check that they have the right series. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ArchiveTool } from '../../../../lib/databases/physical-tools.ts';
import type { ToolCommand } from '../../../../lib/engines/load/engine.ts';
import { INNODB_TOOLS, type InnodbTools, serverSeries } from '../../../../lib/engines/physical/innodb-tools.ts';
import { findCommand, findMysqlBinDir } from '../../../../lib/engines/programs/find-binaries.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';

export type InnodbProgram = 'unpack' | 'prepare' | 'server' | 'client' | 'dump' | 'binlog';

export interface InnodbPrograms {
  tools: InnodbTools;
  /**
   * The command line of one of them.
   * @throws RestoreError if it isn't installed.
   */
  call(program: InnodbProgram, args: readonly string[]): Promise<ToolCommand>;
}

/** @param temporary a directory for the programs' temporary files; it holds no settings for them. */
export async function findInnodbPrograms(engine: ArchiveTool, temporary: string): Promise<InnodbPrograms> {
  const tools = INNODB_TOOLS[engine];
  const binDir = tools.ownDirectory ? await findMysqlBinDir() : undefined;
  const ofServer: InnodbProgram[] = ['server', 'client', 'dump', 'binlog'];
  // the copied server's time zone is unknown, and the tools must use the same one as the copy
  const env = { PATH: process.env.PATH ?? '', HOME: temporary, TMPDIR: temporary, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  return {
    tools,
    async call(program, args) {
      const name = tools[program];
      const own = binDir !== undefined && ofServer.includes(program);
      const command = own ? join(binDir, name) : await findCommand(name);
      if (command === undefined || (tools.ownDirectory && program === 'server' && !own)) throw missing(tools, name);
      return { command, args: [...args], env };
    },
  };
}

/**
 * InnoDB's files and the system tables only work with the series that wrote them.
 * @param version of the server that was copied.
 * @throws RestoreError if the server here is of another series.
 */
export async function checkSeries({ tools, call }: InnodbPrograms, version: string): Promise<void> {
  const { command, args } = await call('server', ['--no-defaults', '--version']);
  const { stdout } = await promisify(execFile)(command, args);
  const [here, copied] = [serverSeries(stdout.replace(/^.*\bVer /, '')), serverSeries(version)];
  if (here === copied) return;
  throw new RestoreError(`the backup is from ${tools.title} ${copied}, but the server here is ${tools.title} ${here}`, {
    hint: `Make an image with ${tools.title} ${copied} FROM the target physical, as "The images" in docs/deploy.md says, or install it here.`,
  });
}

function missing({ title }: InnodbTools, name: string): RestoreError {
  return new RestoreError(`${name} is not installed: physical backups of ${title} need it`, {
    hint: `Install it here; for a deployed task, see what "The images" in docs/deploy.md says of ${title}.`,
  });
}
