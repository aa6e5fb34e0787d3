/** Kills a throwaway database server at once, and starts it again on what it has written. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { endGroup } from '../../lib/engines/programs/process-group.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';

const READY_WITHIN_MS = 60_000;
const LISTENING = '0A';

/** A server that runs again; its watchdog doesn't know of it, so it has to be ended before that one is. */
export interface Restarted {
  end(): Promise<void>;
}

/** @returns once it accepts logins again */
export async function crashServer(server: RunningServer): Promise<Restarted> {
  const leader = groupListeningOn(server.port);
  const of = (name: string) => readFileSync(`/proc/${leader}/${name}`, 'utf8').split('\0').filter(Boolean);
  // the file with the password that it was set up with is gone, and so is the need for it
  const [command = '', ...args] = of('cmdline').filter((arg) => !arg.startsWith('--init-file='));
  const env = Object.fromEntries(of('environ').map((one) => one.split(/=(.*)/s) as [string, string]));
  const program = readlinkSync(`/proc/${leader}/exe`);
  const { uid, gid } = statSync(`/proc/${leader}`);
  const cwd = readlinkSync(`/proc/${leader}/cwd`);
  process.kill(-leader, 'SIGKILL');
  // PostgreSQL's processes share memory: the next server doesn't start before all of them have gone
  await endGroup(leader);
  const again = spawn(program, args, { argv0: command, env, uid, gid, cwd, detached: true, stdio: 'ignore' });
  again.unref();
  const { pid } = again;
  if (pid === undefined) throw new Error(`${program} could not be started again`);
  await untilItAnswers(server);
  return {
    end: async () => {
      process.kill(-pid, 'SIGKILL');
      await endGroup(pid);
    },
  };
}

/** The process group of the server that listens on a local port. */
function groupListeningOn(port: number): number {
  const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n');
  const sockets = lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => Number.parseInt(local.split(':')[1] ?? '', 16) === port && state === LISTENING)
    .map((fields) => `socket:[${fields[9]}]`);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (descriptorsOf(pid).some((link) => sockets.includes(link))) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
    }
  }
  throw new Error(`no process listens on port ${port}`);
}

function descriptorsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // it has ended, or a descriptor was closed meanwhile
  }
}

async function untilItAnswers(server: RunningServer): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      await (await openSession(server)).end();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
