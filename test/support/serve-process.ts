/**
 * `serve-process.ts STACK_FILE`: runs the service as `bin/local.ts` does, with a stack that was synthesised earlier, for
 * tests that start the service often.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Worker } from 'node:worker_threads';
import { startLocalService } from '../../lib/local/service.ts';
import { bundledPrograms } from './runner/bundled-programs.ts';

const stack = JSON.parse(readFileSync(String(process.argv[2]), 'utf8'));
const stateDirectory = String(process.env.STATE_DIR);
const workers = new Set<Worker>();
process.on('worker', (worker) => {
  workers.add(worker);
  worker.once('exit', () => workers.delete(worker));
});
const service = await startLocalService({ stateDirectory, port: 0, stack, programs: bundledPrograms() });
process.once('SIGTERM', () => void service.stop().then(() => process.exit(0)));
// for tests that look for leaks: what keeps this process alive, and what its threads hold once everything unused is collected
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGUSR2', async () => {
  collect();
  const heaps = [process.memoryUsage().heapUsed, ...(await Promise.all([...workers].map(heapOf)))];
  console.log(JSON.stringify({ resources: process.getActiveResourcesInfo(), heaps, rss: process.memoryUsage.rss() }));
});
/** In bytes. A snapshot collects first; there is no other way to have another thread do it. */
async function heapOf(worker: Worker): Promise<number> {
  (await worker.getHeapSnapshot()).destroy();
  return (await worker.getHeapStatistics()).used_heap_size;
}
console.log(`The service is at ${service.url}, token of this session: ${service.token}`);
