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
      `--defaults-file=${files.defaultsFile}`, // must come first; keeps every other settings file out
      '-h',
      connection.host,
      '-P',
      String(connection.port),
      '-u',
      connection.username,
      '--protocol=TCP', // a host called localhost would mean a socket
      ...mysqlToolTls(client.flavour, mysqlTlsMode(connection.ssl_mode), encrypted, files.caFile),
      '--default-character-set=utf8mb4', // for the database's name below; a dump sets its own character set
      '--binary-mode', // runs no client commands in a dump, and changes none of its bytes
      '--local-infile=0', // no statement and no server can read a file of this machine
      '--comments', // otherwise MariaDB's client removes comments from the bodies of routines
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
 * The modes in a server's own sql_mode that would make the server read quotes and backslashes differently from the code
 * that reads the dump.
 */
const READ_OTHERWISE = ['NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES', 'ANSI', 'ORACLE', 'MSSQL', 'DB2', 'MAXDB', 'POSTGRESQL'];

/**
 * Each session runs this before the dump. It sets sql_mode without those modes, and removes the time limit for
 * statements. On MariaDB, a server or user may have a limit for every statement, including the one that adds a table's
 * keys. MySQL only limits SELECT.
 */
export const READ_AS_DUMPS = `SET sql_mode = ${READ_OTHERWISE.reduce((mode, one) => `REPLACE(${mode}, '${one}', '')`, '@@sql_mode')} /*M!100101 , max_statement_time = 0 */`;

/**
 * The first query of the tool's own session. It returns the session's id, so that the session can be ended. It must not
 * add a line, because the tool counts lines.
 */
export const ASK_SESSION_ID = `SELECT CONNECTION_ID(); ${READ_AS_DUMPS}; `;

/** Which client a program is, according to its `--version` output. */
export function clientFlavour(version: string): MysqlClientFlavour {
  return /mariadb/i.test(version) ? 'mariadb' : 'oracle';
}
