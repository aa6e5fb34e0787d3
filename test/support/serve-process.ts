/**
 * `serve-process.ts STACK_FILE`: serves as `bin/local.ts` does, of a stack that was synthesised before, for tests that
 * start the service often.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startLocalService } from '../../lib/local/service.ts';
import { bundledPrograms } from './bundled-programs.ts';

const stack = JSON.parse(readFileSync(String(process.argv[2]), 'utf8'));
const stateDirectory = String(process.env.STATE_DIR);
const service = await startLocalService({ stateDirectory, port: 0, stack, programs: bundledPrograms() });
process.once('SIGTERM', () => void service.stop().then(() => process.exit(0)));
// for tests that look for leaks: what keeps this process alive after a garbage collection
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
process.on('SIGUSR2', () => {
  collect();
  console.log(JSON.stringify({ resources: process.getActiveResourcesInfo(), memory: process.memoryUsage() }));
});
console.log(`The service is at ${service.url}, token of this session: ${service.token}`);
