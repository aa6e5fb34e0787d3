/** The command line of the `mysql` and `mariadb` clients. Pure. */
import { type MysqlClientFlavour, mysqlTlsMode, mysqlToolTls } from '../../connect/tls.ts';
import type { Target, ToolCommand } from '../../load/engine.ts';

export interface MysqlClient {
  command: 'mysql' | 'mariadb';
  flavour: MysqlClientFlavour;
}

export interface MysqlFiles {
  defaultsFile: string;
  caFile: string;
  home: string;
}

/** @param encrypted whether the session that inspected the target was encrypted. */
export function mysqlCommand(
  client: MysqlClient,
  target: Target,
  encrypted: boolean,
  files: MysqlFiles,
  path: string,
): ToolCommand {
  const { connection, database } = target;
  return {
    command: client.command,
    args: [
      `--defaults-file=${files.defaultsFile}`, // has to be first; keeps every other settings file out
      '-h',
      connection.host,
      '-P',
      String(connection.port),
      '-u',
      connection.username,
      '--protocol=TCP', // a host called localhost would mean a socket
      ...mysqlToolTls(client.flavour, mysqlTlsMode(connection.ssl_mode), encrypted, files.caFile),
      '--default-character-set=utf8mb4', // of the database's name below; a dump sets its own
      '--binary-mode', // runs no client command in a dump, and changes no byte of it
      '--local-infile=0', // no statement and no server gets a file of this machine
      '--comments', // else MariaDB's client takes them out of the bodies of routines
      '--skip-reconnect', // a new session would have none of the dump's settings
      '--batch',
      '--skip-column-names',
      '--unbuffered', // the session's id has to be known at once
      '--max-allowed-packet=1G',
      `--database=${database}`,
    ],
    env: { PATH: path, HOME: files.home, LC_ALL: 'C' },
  };
}

/** A settings file that holds the password (MySQL manual, "Using Option Files"). */
export function defaultsFile(password: string): string {
  const escaped = password.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return `[client]\npassword="${escaped}"\n`;
}

/**
 * The modes in a server's own sql_mode that would make it read quotes and backslashes differently from the dump's
 * reader.
 */
const READ_OTHERWISE = ['NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES', 'ANSI', 'ORACLE', 'MSSQL', 'DB2', 'MAXDB', 'POSTGRESQL'];

/**
 * Runs before a dump in each session: sets sql_mode without those modes, and no time limit for statements. MariaDB can
 * limit every statement, by server or user, including the one that adds a table's keys; MySQL only limits SELECT.
 */
export const READ_AS_DUMPS = `SET sql_mode = ${READ_OTHERWISE.reduce((mode, one) => `REPLACE(${mode}, '${one}', '')`, '@@sql_mode')} /*M!100101 , max_statement_time = 0 */`;

/**
 * Asked first on the tool's own session, so that the session can be ended by its id. It must not add a line: the tool
 * counts lines.
 */
export const ASK_SESSION_ID = `SELECT CONNECTION_ID(); ${READ_AS_DUMPS}; `;

/** Which program a client is, according to its `--version` output. */
export function clientFlavour(version: string): MysqlClientFlavour {
  return /mariadb/i.test(version) ? 'mariadb' : 'oracle';
}
