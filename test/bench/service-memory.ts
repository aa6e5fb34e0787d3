/** How much memory the local service holds: after restores, and after a day of polling by an open page. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { type Row, type RowOptions, type RowResult, resultOf } from './row.ts';
import { startService } from './servers.ts';
import { nodeVersion } from './versions.ts';

const RESTORES = 300;
const AT_ONCE = 2;
/** What a page that shows a running restore requests again and again. */
const POLLED = [
  '/api/auth/check',
  '/api/restores?limit=20',
  '/api/backups?limit=50',
  '/api/health',
  '/api/connections',
];
const CALLS = 10_000;
const MIB = 1024 * 1024;

export const serviceMemoryRow: Row = {
  name: 'memory of the service',
  peer: 'the limit that we set ourselves',
  goal: { bound: 'at most', value: 450 },
  measure,
};

async function measure({ scale }: RowOptions): Promise<RowResult> {
  // a service in this process first creates what is restored
  const harness = await startService('postgresql');
  await harness.service.stop();
  const { child, api, readyMs } = await start(harness.stateDirectory);
  const killed = () => void child.kill('SIGKILL');
  process.once('exit', killed);
  try {
    const begun = residentMiB(child.pid);
    let left = Math.ceil(RESTORES * scale);
    const restoreSome = async (worker: number) => {
      while (left-- > 0) {
        const { id } = await api.startRestore(harness.backups[0].id, { target_database: `copy_${worker}` });
        const ended = await api.follow(id);
        if (ended.status !== 'success') throw new Error(`a restore failed: ${ended.error?.message}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, (_, worker) => restoreSome(worker)));
    const restored = residentMiB(child.pid);
    const calls = Math.ceil(CALLS * scale);
    const polled = [];
    for (let call = 1; call <= calls; call++) {
      const { status } = await api.call('GET', POLLED[call % POLLED.length] as string);
      if (status !== 200) throw new Error(`${POLLED[call % POLLED.length]} answered ${status}`);
      if (call % Math.ceil(calls / 5) === 0 || call === calls) polled.push(residentMiB(child.pid));
    }
    const detail =
      `ready after ${readyMs} ms with ${begun} MiB; after ${Math.ceil(RESTORES * scale)} restores ${restored} MiB; ` +
      `over ${calls} calls ${polled.join(', ')} MiB; its processes and threads together`;
    return resultOf([restored, ...polled], 'MiB', detail, nodeVersion);
  } finally {
    process.off('exit', killed);
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
    harness.remove();
  }
}

/** Like `npm start -- --no-demo`, with an existing state. */
async function start(stateDirectory: string): Promise<{ child: ChildProcess; api: ApiClient; readyMs: number }> {
  const began = performance.now();
  const child = spawn('sh', ['-c', `${packageJson.scripts.start} --no-demo`], {
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      STATE_DIR: stateDirectory,
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let url = '';
  for await (const line of createInterface({ input: child.stdout })) {
    url = /service is at (http:\S+),/.exec(line)?.[1] ?? url;
    const token = /token of this session: (\S+)/.exec(line)?.[1];
    if (token !== undefined) {
      return { child, api: new ApiClient(url, token), readyMs: Math.round(performance.now() - began) };
    }
  }
  throw new Error('the service did not start');
}

/** Of a process and all below it, but for tasks of restores. */
function residentMiB(pid: number | undefined): number {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), statusOf(Number(name))] as const),
  );
  const isOurs = (one: number | undefined): boolean => {
    for (let at = one; at !== undefined && at > 1; at = parents.get(at)?.parent) {
      if (parents.get(at)?.isTask) return false;
      if (at === pid) return true;
    }
    return false;
  };
  const bytes = [...parents].reduce((sum, [one, { resident }]) => sum + (isOurs(one) ? resident : 0), 0);
  return Math.round(bytes / MIB);
}

function statusOf(pid: number): { parent: number | undefined; resident: number; isTask: boolean } {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const isTask = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('lib/local/executions/task-process.ts');
    const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    return { parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]), resident, isTask };
  } catch {
    return { parent: undefined, resident: 0, isTask: false }; // it has ended
  }
}
