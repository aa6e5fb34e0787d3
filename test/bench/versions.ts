/** The versions of what was measured, and of the tools. */
import { execFileSync } from 'node:child_process';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';

const TITLES = { postgresql: 'PostgreSQL', mysql: 'MySQL', mariadb: 'MariaDB' };

export const nodeVersion = { node: process.versions.node };

export function serverVersion({ dbType, version }: RunningServer): Record<string, string> {
  return { [TITLES[dbType]]: version };
}

/** As the first line of `TOOL --version` has it. */
export function toolVersion(tool: string): Record<string, string> {
  const [line = ''] = execFileSync(tool, ['--version'], { encoding: 'utf8' }).split('\n');
  return { [tool]: /\d[\w.]*/.exec(line)?.[0] ?? line };
}
