import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  endKeptGroup,
  forgetGroup,
  type KeptGroup,
  keepGroup,
  keptGroups,
  newGroupToken,
} from '../../../lib/engines/programs/process-group.ts';

const PATH = process.env.PATH ?? '';
/** A worker that SIGTERM doesn't end, in the group of a tool that waits for it. */
const TOOL = `trap '' TERM; (trap '' TERM; sleep 60) & echo $!; wait`;

let directory: string;
const started: ChildProcess[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-test-'));
});
afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(-(pid as number), 'SIGKILL');
    } catch {
      // it has ended
    }
  }
  rmSync(directory, { recursive: true });
});

async function startTool() {
  const token = newGroupToken();
  const child = spawn('sh', ['-c', TOOL], {
    env: { PATH, ...token },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  started.push(child);
  const path = keepGroup(directory, child.pid as number, token);
  const [said] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const [kept] = keptGroups(directory) as [KeptGroup];
  return { child, worker: Number(said.toString()), path, kept };
}

/** Not one that has ended, and that its new parent hasn't waited for. */
function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

it('a recorded process group ends with all of its processes, even those that ignore SIGTERM', async () => {
  const { child, worker, kept } = await startTool();
  const exit = once(child, 'exit');
  expect(await endKeptGroup(kept, { killAfterMs: 100 })).toBe(true);
  expect((await exit)[1]).toBe('SIGKILL');
  expect(lives(worker)).toBe(false);
});

it('workers whose tool was killed end too', async () => {
  const { child, worker, kept } = await startTool();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(lives(worker)).toBe(true);
  expect(await endKeptGroup(kept, { killAfterMs: 100 })).toBe(true);
  expect(lives(worker)).toBe(false);
});

it('a process that reuses the number of a group is left alone, with everything that it started', async () => {
  const { child, worker, kept } = await startTool();
  const earlier = { ...kept, startedAt: kept.startedAt.replace(/^\d+/, '1'), token: 'another' };
  expect(await endKeptGroup(earlier, { killAfterMs: 0 })).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await endKeptGroup(earlier, { killAfterMs: 0 })).toBe(true);
  expect(lives(worker)).toBe(true);
});

it('a group that ends by itself in time gets no signal', async () => {
  const token = newGroupToken();
  const script = `trap 'exit 7' TERM; sleep 0.3 & wait; exit 3`;
  const child = spawn('sh', ['-c', script], { env: { PATH, ...token }, stdio: 'ignore', detached: true });
  started.push(child);
  keepGroup(directory, child.pid as number, token);
  const exit = once(child, 'exit');
  const [kept] = keptGroups(directory) as [KeptGroup];
  expect(await endKeptGroup(kept, { patienceMs: 5000 })).toBe(true);
  expect(await exit).toEqual([3, null]);
});

it('an incomplete or forgotten record is not read', async () => {
  const { path } = await startTool();
  writeFileSync(join(directory, '1'), '{"group":1,');
  expect(keptGroups(directory)).toHaveLength(1);
  forgetGroup(path);
  expect(keptGroups(directory)).toEqual([]);
  expect(keptGroups(join(directory, 'none'))).toEqual([]);
  expect(readdirSync(directory)).toEqual(['1']);
});
