import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { EventBus } from '../../../lib/local/aws/event-bus.ts';
import { LocalTaskRunner, type TaskRunnerOptions } from '../../../lib/local/executions/task-runner.ts';

it('the task runner leaves nothing on the disk, even for a task that was killed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  const seen: string[] = [];
  const options: TaskRunnerOptions = {
    environment: { PATH: process.env.PATH ?? '' },
    workDirectory: join(directory, 'tasks'),
    log: new PassThrough().resume(),
    events: new EventBus([], async () => undefined),
    command: ({ environment, workDirectory, temporaryDirectory }) => {
      for (const own of [workDirectory, temporaryDirectory]) {
        mkdirSync(join(own, 'deep'));
        writeFileSync(join(own, 'deep', 'secret'), 'x', { mode: 0o600 });
      }
      expect(statSync(workDirectory).mode & 0o777).toBe(0o700);
      // others may pass through, and see nothing
      expect(statSync(temporaryDirectory).mode & 0o777).toBe(0o711);
      seen.push(workDirectory, temporaryDirectory);
      return { command: 'sh', args: ['-c', 'kill -9 $$'], env: environment };
    },
  };
  const runner = new LocalTaskRunner(options);
  const input = { Cluster: 'c', Overrides: { ContainerOverrides: [{ Environment: [] }] } };
  const run = runner.run(input, { timeoutMs: 10_000, signal: new AbortController().signal });
  await expect(run).rejects.toMatchObject({ name: 'States.TaskFailed', message: expect.stringContaining('SIGKILL') });
  expect(seen.map((path) => existsSync(path))).toEqual([false, false]);
  // and, if the runner was killed, as soon as there is another
  for (const path of [...seen, `${directory}-other`]) mkdirSync(join(path, 'deep'), { recursive: true });
  await new LocalTaskRunner(options).endLeftovers();
  expect(seen.map((path) => existsSync(path))).toEqual([false, false]);
  expect(existsSync(`${directory}-other`)).toBe(true);
  rmSync(`${directory}-other`, { recursive: true });
  rmSync(directory, { recursive: true });
});
