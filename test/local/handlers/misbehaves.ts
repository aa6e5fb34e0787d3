/** A handler that does what a test asks for. */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { logger, withContext } from '../../../lib/telemetry/log.ts';

let calls = 0;

export type Deed =
  | { kind: 'answer' | 'throw' | 'reject unseen' | 'throw unseen' | 'loop' | 'exit' }
  | { kind: 'sleep'; ms: number }
  | { kind: 'log'; restoreId: string; ms: number };

export async function handler(deed: Deed): Promise<unknown> {
  calls += 1;
  switch (deed.kind) {
    case 'throw':
      throw new TypeError('thrown');
    case 'reject unseen':
      void Promise.reject(new RangeError('nothing caught it'));
      return sleep(60_000);
    case 'throw unseen':
      return throwOnData();
    case 'loop':
      for (;;);
    case 'exit':
      return process.exit(3);
    case 'sleep':
      await sleep(deed.ms);
      break;
    case 'log':
      await withContext({ restore_id: deed.restoreId }, async () => {
        await sleep(deed.ms);
        logger.info('done');
      });
  }
  return { threadId, calls, environment: process.env.SHARED_SETTING };
}

/** Like a driver that can't read what a server sends: there is no caller to catch the error. */
async function throwOnData(): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await sleep(10);
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('data', () => {
    throw new SyntaxError('a malformed packet');
  });
  socket.write('not a request\n\n');
  await sleep(60_000);
}
