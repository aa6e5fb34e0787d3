/** Peak memory of the restore task's Node and of the restore tool, on dumps of the given sizes. */
import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { DbType } from '../../lib/databases/names.ts';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import { addDump } from '../support/dumps.ts';
import type { Harness } from '../support/harness.ts';
import { type Row, resultOf } from './row.ts';
import { serviceFor } from './servers.ts';
import { serverVersion } from './versions.ts';

const SAMPLE_MS = 100;
const MIB = 1024 * 1024;

/** A restore of a dump of about `gib` GiB, encrypted: the peak memory of the task and its tool. */
export function memoryRow(dbType: DbType, gib: number): Row {
  return {
    name: `memory ${dbType} ${gib} GiB`,
    peer: 'the limit that we set ourselves',
    goal: { bound: 'at most', value: 300 },
    measure: async ({ scale }) => {
      const harness = await serviceFor(dbType);
      const dump =
        dbType === 'postgresql' ? await postgresDump(harness, gib * scale) : Readable.from(mysqlDump(gib * scale));
      const backup = await addDump(harness, dump, 'big', 'a key that came later');
      const peaks = { node: 0, tool: 0 };
      const timer = setInterval(() => sample(peaks), SAMPLE_MS);
      const ended = await harness.restore(backup, { target_database: 'big_copy' });
      clearInterval(timer);
      if (ended.status !== 'success') throw new Error(`the restore failed: ${ended.error?.message}`);
      const [, dumpBytes] = /DECOMPRESS: \d+ -> (\d+) bytes/.exec(ended.log_output) ?? [];
      const [node, tool, mib] = [peaks.node, peaks.tool, Number(dumpBytes)].map((bytes) => Math.round(bytes / MIB));
      const seconds = Math.round((ended.duration_ms ?? 0) / 1000);
      const detail = `${node} MiB in Node + ${tool} MiB in the tool, a dump of ${mib} MiB in ${seconds} s`;
      return resultOf([(peaks.node + peaks.tool) / MIB], 'MiB', detail, serverVersion(harness.server));
    },
  };
}

/** Statements as mysqldump writes them: one of about 1 MiB for a thousand rows. */
function* mysqlDump(gib: number): Generator<Buffer> {
  yield Buffer.from(
    "-- MySQL dump\nSET UNIQUE_CHECKS=0;\nSET FOREIGN_KEY_CHECKS=0;\nSET SQL_MODE='NO_AUTO_VALUE_ON_ZERO';\n" +
      'DROP TABLE IF EXISTS `big`;\nCREATE TABLE `big` (`id` int, `note` text, PRIMARY KEY (`id`)) ENGINE=InnoDB;\n',
  );
  const note = 'It\\\'s "quoted"; -- not a comment /* nor this */ '.repeat(20);
  const statements = Math.round((gib * 1024 * MIB) / ((note.length + 12) * 1000));
  for (let n = 0; n < statements; n++) {
    const rows = Array.from({ length: 1000 }, (_, row) => `(${n * 1000 + row},'${note}')`);
    yield Buffer.from(`INSERT INTO \`big\` VALUES ${rows.join(',')};\n`);
  }
  yield Buffer.from('/*!40101 SET NAMES utf8mb4 */;\n-- Dump completed on 2026-11-22  2:00:00\n');
}

async function postgresDump({ server, sql }: Harness, gib: number): Promise<Readable> {
  await sql(undefined, 'DROP DATABASE IF EXISTS big', 'CREATE DATABASE big');
  const rows = Math.round(gib * 1024 * 1024);
  await sql(
    'big',
    'CREATE UNLOGGED TABLE big (id int, note text)',
    'ALTER TABLE big ALTER note SET STORAGE PLAIN',
    `INSERT INTO big SELECT n, repeat(md5(n::text), 32) FROM generate_series(1, ${rows}) AS n`,
  );
  // without compression inside, so that the dump is as large as its data
  return openDump(server, 'big', ['--compress=0']);
}

/** Adds the current memory of the task and its tool from /proc; several processes of the tool count together. */
function sample(peaks: { node: number; tool: number }): void {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const tasks = new Set<string>();
  for (const pid of processes)
    if (read(pid, 'cmdline').includes('lib/local/executions/task-process.ts')) tasks.add(pid);
  let tools = 0;
  for (const pid of processes) {
    const status = read(pid, 'status');
    const resident = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    const parent = /^PPid:\s+(\d+)/m.exec(status)?.[1] ?? '';
    if (tasks.has(pid)) peaks.node = Math.max(peaks.node, resident);
    else if (tasks.has(parent)) tools += resident;
  }
  peaks.tool = Math.max(peaks.tool, tools);
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
