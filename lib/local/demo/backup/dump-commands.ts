/** The command lines of the dump tools, with the same flags as Jagad (taken from its source). Pure. */
import { join } from 'node:path';
import { MYSQL_DUMP_FLAGS } from '../../../engines/physical/innodb-tools.ts';
import type { RunningServer } from '../../servers/throwaway.ts';

export type DumpedServer = Omit<RunningServer, 'stop' | 'version'>;

export interface DumpCommand {
  command: string;
  args: string[];
  env: Record<string, string>;
  /** The content of the credentials file, which exists while the command runs. The password is nowhere else. */
  credentials: string;
}

export function pgDump(server: DumpedServer, database: string, credentialsFile: string): DumpCommand {
  const { host, port, username, password } = server;
  return {
    command: tool(server, 'pg_dump'),
    args: ['-d', `dbname='${escaped(database, "'")}'`, '--no-password', '--clean', '--if-exists', '--format=c'],
    env: { PGHOST: host, PGPORT: String(port), PGUSER: username, PGPASSFILE: credentialsFile },
    credentials: `*:*:*:*:${escaped(password, ':')}\n`,
  };
}

export function mysqlDump(
  program: 'mysqldump' | 'mariadb-dump',
  server: DumpedServer,
  database: string,
  credentialsFile: string,
): DumpCommand {
  const { host, port, username, password } = server;
  return {
    command: tool(server, program),
    // It has to be the first argument. It isn't --defaults-extra-file, because a password in the user's ~/.my.cnf would
    // take precedence over that.
    // biome-ignore format: what Jagad says, in one line
    args: [`--defaults-file=${credentialsFile}`, '-h', host, '-P', String(port), '-u', username,
      ...MYSQL_DUMP_FLAGS, '--', database],
    env: {},
    credentials: `[client]\npassword="${escaped(password, '"')}"\n`,
  };
}

function tool({ binDir }: DumpedServer, name: string): string {
  return binDir === undefined ? name : join(binDir, name);
}

/** Connection strings, .pgpass and option files all use a backslash to escape. */
function escaped(text: string, special: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll(special, `\\${special}`);
}
