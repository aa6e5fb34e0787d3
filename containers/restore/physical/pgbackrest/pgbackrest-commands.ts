/**
 * pgBackRest's command lines. Secrets and paths are in its configuration file. Pure.
 * https://pgbackrest.org/command.html
 */
import type { ToolCommand } from '../../../../lib/engines/load/engine.ts';

export interface PgBackRest {
  /** The program's full path. */
  command: string;
  configFile: string;
  stanza: string;
  env: Record<string, string>;
}

/** All stanzas of the repository, as JSON on stdout. */
export function infoCommand({ command, configFile, env }: PgBackRest): ToolCommand {
  return {
    command,
    args: [`--config=${configFile}`, '--log-level-console=off', '--log-level-stderr=error', '--output=json', 'info'],
    env,
  };
}

/**
 * Restores the backup's files, and prints a line on stdout for each. The server gets the recovery target; pgBackRest
 * doesn't.
 * @param tablespaces the directory to put tablespaces into, each under its name.
 */
export function restoreCommand(
  { command, configFile, stanza, env }: PgBackRest,
  label: string,
  tablespaces: string,
  processes: number,
): ToolCommand {
  return {
    command,
    args: [
      `--config=${configFile}`,
      `--stanza=${stanza}`,
      `--set=${label}`,
      '--type=default', // also for a backup of a stopped server
      '--archive-mode=off',
      `--tablespace-map-all=${tablespaces}`,
      `--process-max=${processes}`,
      '--log-level-console=detail',
      '--log-level-stderr=error',
      'restore',
    ],
    env,
  };
}

/**
 * PostgreSQL's restore_command. pgBackRest exits with 1 if a file isn't in the archive. PostgreSQL would take any other
 * error, such as an unreachable store or a damaged object, for the end of the log too: 126 makes the server give up
 * instead.
 */
export function archiveGetCommand({ command, configFile, stanza }: PgBackRest): string {
  const words = [
    command,
    `--config=${configFile}`,
    `--stanza=${stanza}`,
    '--log-level-console=off',
    '--log-level-stderr=info',
  ];
  // the server replaces %f and %p, and reads %% as %
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`.replaceAll('%', '%%'));
  return `${quoted.join(' ')} archive-get %f "%p"; end=$?; test $end -le 1 || exit 126; exit $end`;
}

/**
 * How many of the files are restored, according to a line of the restore: `restore file …/base/1/1259 (8KB, 12.34%)
 * checksum …`.
 */
export function restoredShare(line: string): number | undefined {
  const percent = /DETAIL: restore (?:zeroed )?file .*[(,] ?([\d.]+)%\)/.exec(line)?.[1];
  return percent === undefined ? undefined : Number(percent) / 100;
}
