/** Which identity a task finds for itself, and how it ends. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { claimedTask } from '../../../containers/restore/claimed-task.ts';
import { EXIT_STOOD_BY } from '../../../lib/restores/execution/task-failure.ts';
import type { Restore } from '../../../lib/restores/model.ts';
import { aRestore } from '../../support/records.ts';
import { startTables, type TestTables } from '../../support/tables.ts';

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());
afterEach(() => {
  process.exitCode = undefined;
});
const { signal } = new AbortController();
const TASK_ARN = 'arn:aws:ecs:us-east-1:000000000000:task/c/0a';

async function running(fields: Partial<Restore> = {}): Promise<Restore> {
  const restore = aRestore(fields);
  await tables.records.restores.insert(restore);
  return restore;
}
/** The task named in the restore's record while the task works. */
async function workerOf(environment: { ECS_CONTAINER_METADATA_URI_V4?: string; TASK_ARN?: string }) {
  const { id } = await running();
  let claimed: string | null | undefined;
  await claimedTask(tables.records, { RESTORE_ID: id, ...environment } as never, signal, async (worker) => {
    claimed = (await tables.records.restores.get(id))?.claimed_by;
    expect(claimed).toBe(worker);
  });
  expect(await tables.records.restores.get(id)).toMatchObject({ task_stopped_at: expect.any(String) });
  return claimed;
}

/** The part of ECS's metadata endpoint that is used. */
async function withMetadata<T>(answer: object, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(({ url }, response) => {
    response.end(JSON.stringify(url === '/v4/0a-1/task' ? answer : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return use(`http://127.0.0.1:${port}/v4/0a-1`).finally(() => server.close());
}

it('on AWS the worker is the task that ECS reports', async () => {
  const claimed = await withMetadata({ Cluster: 'c', TaskARN: TASK_ARN }, (url) =>
    workerOf({ ECS_CONTAINER_METADATA_URI_V4: url }),
  );
  expect(claimed).toBe(TASK_ARN);
});

it('on AWS it claims nothing if ECS does not identify the task', async () => {
  const { id } = await running();
  const claiming = (url: string) =>
    claimedTask(tables.records, { RESTORE_ID: id, ECS_CONTAINER_METADATA_URI_V4: url } as never, signal, async () => {
      throw new Error('it worked');
    });
  await expect(withMetadata({}, claiming)).rejects.toThrow('metadata endpoint did not identify the task');
  expect(await tables.records.restores.get(id)).toMatchObject({ claimed_by: null });
});

it('on one machine the worker is the process, with the task that it was started as', async () => {
  const own = new RegExp(`^process ${process.pid} started \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$`);
  expect(await workerOf({})).toMatch(own);
  const [task, ofProcess] = String(await workerOf({ TASK_ARN })).split(', ');
  expect([task, ofProcess]).toEqual([TASK_ARN, expect.stringMatching(own)]);
});

it.each([
  ['well', { status: 'success' as const }, undefined],
  ['badly', { status: 'failed' as const }, EXIT_STOOD_BY],
])(
  'a task that comes after another one ends %s like that one, and leaves the record alone',
  async (_, fields, code) => {
    const restore = await running({ claimed_by: 'another one', ...fields });
    await claimedTask(tables.records, { RESTORE_ID: restore.id } as never, signal, async () => {
      throw new Error('it worked');
    });
    expect(process.exitCode).toBe(code);
    expect(await tables.records.restores.get(restore.id)).toEqual(restore);
  },
);

it('a task whose work fails gives its claim back, and fails', async () => {
  const { id } = await running();
  const failing = claimedTask(tables.records, { RESTORE_ID: id } as never, signal, async () => {
    throw new Error('no such table');
  });
  await expect(failing).rejects.toThrow('no such table');
  expect(await tables.records.restores.get(id)).toMatchObject({ task_stopped_at: expect.any(String) });
});
