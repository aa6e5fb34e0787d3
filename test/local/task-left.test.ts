import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { workerName } from '../../lib/domain/restore-claim.ts';
import { taskLeftHasEnded } from '../../lib/local/task-left.ts';

const ARN = 'arn:aws:ecs:us-east-1:000000000000:task/local/1';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A process of a task. */
async function left(taskArn: string) {
  const script = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')`;
  const child = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', TASK_ARN: taskArn },
  });
  started.push(child);
  await once(child.stdout, 'data');
  return { child, claim: workerName(ARN, { pid: child.pid as number, startedAt: new Date() }) };
}

it('a task that an earlier service has left is waited for', async () => {
  const { child, claim } = await left(ARN);
  let isOver = false;
  const waiting = taskLeftHasEnded(claim).then(() => {
    isOver = true;
  });
  await sleep(500);
  expect(isOver).toBe(false);
  child.kill('SIGKILL');
  await waiting;
});

it('one that does not stop in time is killed', async () => {
  const { child, claim } = await left(ARN);
  const ended = once(child, 'exit');
  await taskLeftHasEnded(claim, 300);
  expect((await ended)[1]).toBe('SIGKILL');
});

it('a task of another service that has got its number is left alone', async () => {
  const { child, claim } = await left(`${ARN}2`);
  await taskLeftHasEnded(claim, 0);
  await taskLeftHasEnded(null, 0);
  await taskLeftHasEnded(ARN, 0);
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
});
