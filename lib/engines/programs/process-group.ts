/**
 * Process groups of tools, as proc(5) shows them. A tool may start workers of its own, which outlive it: they are in its
 * group, and end with that. A group is kept in a file while it lives, so that whoever comes after a process that was
 * killed finds it: its number, when its first process started, and a token in the environment of all of its processes. By
 * these a number that another program has got meanwhile is recognized, and never signalled.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const KILL_AFTER_MS = 5_000;
/** What has got SIGKILL and lives on for so long waits for a disk, or belongs to another account. */
const GIVE_UP_AFTER_MS = 15_000;
const LOOK_INTERVAL_MS = 25;
/** Where in a task's work directory those of its tools are kept. */
export const TOOL_GROUPS = 'tools';
const TOKEN = 'JAGAD_RESTORE_GROUP';

/** To be in the environment of every process of a group that is kept. */
export type GroupToken = Record<typeof TOKEN, string>;

export function newGroupToken(): GroupToken {
  return { [TOKEN]: randomUUID() };
}

export interface KeptGroup {
  /** Its number: that of its first process. */
  group: number;
  /** When that one started, in clock ticks since this machine did, and which start of the machine that was. */
  startedAt: string;
  token: string;
}

interface Process {
  pid: number;
  group: number;
  startedAt: string;
}

/** Writes down a group that has just been started. @returns its file */
export function keepGroup(directory: string, group: number, token: GroupToken): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, String(group));
  const kept: KeptGroup = { group, startedAt: processOf(statOf(group))?.startedAt ?? '', token: token[TOKEN] };
  writeFileSync(path, JSON.stringify(kept), { mode: 0o600 });
  return path;
}

/** The groups that are kept in a directory. A file that was not written to its end is of a process that did not live to use it. */
export function keptGroups(directory: string): KeptGroup[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(directory, name), 'utf8')) as KeptGroup];
    } catch {
      return [];
    }
  });
}

export function forgetGroup(path: string): void {
  rmSync(path, { force: true });
}

export interface EndingGroup {
  /** How long to wait for it to end by itself before SIGTERM. */
  patienceMs?: number;
  killAfterMs?: number;
}

/** Ends every process of a kept group that is still that one. @returns whether all have ended */
export function endKeptGroup(kept: KeptGroup, options: EndingGroup = {}): Promise<boolean> {
  return end(kept.group, async () => (await membersOf(kept.group)).filter((one) => isOf(kept, one)), options);
}

/** Ends every process of a group of our own. @returns whether all have ended */
export function endGroup(group: number, options: EndingGroup = {}): Promise<boolean> {
  return end(group, () => membersOf(group), options);
}

async function end(
  group: number,
  members: () => Promise<Process[]>,
  { patienceMs = 0, killAfterMs = KILL_AFTER_MS }: EndingGroup,
): Promise<boolean> {
  const began = performance.now();
  for (let told = false; (await members()).length > 0; await sleep(LOOK_INTERVAL_MS)) {
    const waitedMs = performance.now() - began - patienceMs;
    if (waitedMs < 0) continue;
    if (waitedMs > killAfterMs + GIVE_UP_AFTER_MS) return false;
    try {
      if (waitedMs > killAfterMs) process.kill(-group, 'SIGKILL');
      // once: a second one ends at once what takes the first one as a reason to tidy up
      else if (!told) process.kill(-group, 'SIGTERM');
      told = true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
    }
  }
  return true;
}

/** Whether a process of a group of that number is of the group that was kept. */
function isOf(kept: KeptGroup, { pid, startedAt }: Process): boolean {
  if (pid === kept.group) return startedAt === kept.startedAt;
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${TOKEN}=${kept.token}`);
  } catch {
    return false; // it has ended, or is of another account
  }
}

/**
 * What of a group runs. In a container whose first process is ours nothing clears away what has ended after its parent, and
 * a signal still finds that; its state tells the difference.
 */
async function membersOf(group: number): Promise<Process[]> {
  const names = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(names.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.flatMap((stat) => processOf(stat) ?? []).filter((one) => one.group === group);
}

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** `pid (name) state parent group session … starttime …`: a name may hold spaces and brackets. Undefined for one that has ended. */
function processOf(stat: string): Process | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group] = fields;
  if (state === '' || 'ZX'.includes(state)) return undefined;
  return { pid: Number.parseInt(stat, 10), group: Number(group), startedAt: `${fields[19]} ${bootId()}` };
}

let boot: string | undefined;
function bootId(): string {
  if (boot === undefined) {
    try {
      boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    } catch {
      boot = '';
    }
  }
  return boot;
}
