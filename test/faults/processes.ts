/** The processes of a restore on this machine, found by their environment. Linux. */
import { readdirSync, readFileSync } from 'node:fs';
import { until } from '../support/until.ts';

interface Found {
  pid: number;
  parent: number;
  command: string;
}

/** The task of a restore and all that it has started. */
export function processesOf(restoreId: string): Found[] {
  const all = readdirSync('/proc').flatMap((pid): (Found & { isOurs: boolean })[] => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z') return [];
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(pid), parent: Number(parent), command, isOurs: environment.includes(restoreId) }];
    } catch {
      return []; // it has ended, or belongs to another user
    }
  });
  const ours = new Set(all.filter(({ isOurs }) => isOurs).map(({ pid }) => pid));
  for (let size = 0; size < ours.size; ) {
    size = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  return all.filter(({ pid }) => ours.has(pid));
}

export function taskOf(restoreId: string): Found | undefined {
  return processesOf(restoreId).find(({ command }) => command.includes('task-process'));
}

const TOOLS = /^\S*\b(pg_restore|psql|mariadb|mysql) /;

/** @param hasTo waits for it, for at most a minute, if it is not there */
export async function killProcess(restoreId: string, which: 'task' | 'tool', hasTo: boolean): Promise<void> {
  const find = () =>
    which === 'task' ? taskOf(restoreId) : processesOf(restoreId).find(({ command }) => TOOLS.test(command));
  if (hasTo) await until(async () => find() !== undefined);
  const found = find();
  if (found !== undefined) process.kill(found.pid, 'SIGKILL');
}
