/** A restore that never comes to its end, for a test to kill: `killed-load.ts '{"server":…,"database":…}'`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadWithEngine } from '../mysql-load.ts';

const { server, database } = JSON.parse(process.argv[2] as string);

async function* rows(): AsyncGenerator<Buffer> {
  yield Buffer.from('CREATE TABLE t (a int);\n');
  for (;;) {
    yield Buffer.from('INSERT INTO t VALUES (1);\n');
    await sleep(20);
  }
}

await loadWithEngine(server, database, rows());
