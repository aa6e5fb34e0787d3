/**
 * Process groups of tools, as shown in proc(5). A tool may start its own workers, which outlive it: they are in its
 * group, and end with the group. A group is recorded in a file while it lives, so that after a process was killed, the
 * next one finds its groups: the group's number, when its first process started, and a token in the environment of all
 * its processes. These show whether the number now belongs to another program, which is never signalled.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const KILL_AFTER_MS = 5_000;
/** If a process survives SIGKILL for this long, it is waiting for a disk, or belongs to another account. */
const GIVE_UP_AFTER_MS = 15_000;
const LOOK_INTERVAL_MS = 25;
/** Where in a task's work directory the groups of its tools are recorded. */
export const TOOL_GROUPS = 'tools';
const TOKEN = 'JAGAD_RESTORE_GROUP';

/** This variable must be in the environment of every process of a recorded group. */
export type GroupToken = Record<typeof TOKEN, string>;

export function newGroupToken(): GroupToken {
  return { [TOKEN]: randomUUID() };
}

export interface KeptGroup {
  /** The group's number, which is the number of its first process. */
  group: number;
  /** When that process started, in clock ticks since this machine booted, and an identifier of that boot. */
  startedAt: string;
  token: string;
}

interface Process {
  pid: number;
  group: number;
  startedAt: string;
}

/**
 * Records a group that has just started.
 * @returns its file
 */
export function keepGroup(directory: string, group: number, token: GroupToken): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, String(group));
  const kept: KeptGroup = { group, startedAt: processOf(statOf(group))?.startedAt ?? '', token: token[TOKEN] };
  writeFileSync(path, JSON.stringify(kept), { mode: 0o600 });
  return path;
}

/** The groups recorded in a directory. If a file is incomplete, its process died before it used the group. */
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
  /** How long to wait for the group to end by itself before SIGTERM. */
  patienceMs?: number;
  killAfterMs?: number;
}

/**
 * Ends every process of a recorded group, if it is still the same group.
 * @returns whether all have ended
 */
export function endKeptGroup(kept: KeptGroup, options: EndingGroup = {}): Promise<boolean> {
  return end(kept.group, async () => (await membersOf(kept.group)).filter((one) => isOf(kept, one)), options);
}

/**
 * Ends every process of one of our own groups.
 * @returns whether all have ended
 */
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
      // only once: a second signal would immediately end processes that are cleaning up after the first one
      else if (!told) process.kill(-group, 'SIGTERM');
      told = true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return true;
    }
  }
  return true;
}

/** Whether a process in a group with that number belongs to the recorded group. */
function isOf(kept: KeptGroup, { pid, startedAt }: Process): boolean {
  if (pid === kept.group) return startedAt === kept.startedAt;
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${TOKEN}=${kept.token}`);
  } catch {
    return false; // it has ended, or belongs to another account
  }
}

/**
 * The running processes of a group. If the first process in a container is ours, nothing reaps processes that end after
 * their parent, and a signal still finds those. Their state shows the difference.
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

/**
 * `pid (name) state parent group session … starttime …`: a name may contain spaces and brackets. Undefined for a
 * process that has ended.
 */
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
