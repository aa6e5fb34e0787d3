import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * The positions of a process and its children in a file that they have open, in bytes; undefined if there is no such
 * process. Uses Linux's /proc (`fdinfo`, `task/…/children`). On other systems, always undefined.
 */
export async function positionsIn(path: string, pid: number): Promise<number[] | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => undefined);
  if (children === undefined) return undefined;
  const pids = [pid, ...children.split(' ').filter((child) => child !== '')];
  return (await Promise.all(pids.map((one) => positionsOf(path, one)))).flat();
}

/** For one process, which may have ended in the meantime. */
async function positionsOf(path: string, pid: number | string): Promise<number[]> {
  const positions: number[] = [];
  for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')) !== path) continue;
    const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '');
    positions.push(Number(/^pos:\s*(\d+)/m.exec(info)?.[1] ?? 0));
  }
  return positions;
}
