import type { Finding } from '../../../preflight/findings.ts';

const SET = /^SET (\w+) = (?:(\w+)|'');$/;

/** The settings that findings change for the load's sessions, in the form for opening a session. */
export function sessionSettings(findings: readonly Finding[]): Record<string, string> {
  const found = findings.flatMap(({ forSession = '' }) => {
    const [, name, value = ''] = SET.exec(forSession) ?? [];
    return name === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}
