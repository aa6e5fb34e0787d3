/** Restores of a custom-format archive: as the restore task does it, against `gzip -dc FILE | pg_restore`. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openAsBlob, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Reporter, streamed } from '../../lib/engines/load/engine.ts';
import { inspectPostgres } from '../../lib/engines/postgres/engine.ts';
import { PrivateFiles } from '../../lib/engines/programs/private-files.ts';
import { TableStates } from '../../lib/engines/table-states.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { readDumpHead } from '../../lib/pipeline/opening/dump-head.ts';
import { openBackup } from '../../lib/pipeline/opening/open-backup.ts';
import type { ObjectSource } from '../../lib/storage/objects/object-source.ts';
import { aConnection } from '../support/records.ts';
import type { Comparison } from './comparison.ts';
import { serverAsInstalled } from './servers.ts';
import { serverVersion } from './versions.ts';

const TABLES = [1, 2, 3, 4];
const ROWS = 840_000;
const SILENT: Reporter = { log: () => {}, warn: () => {}, stage: () => {}, progress: () => {} };

/**
 * Four similar tables with a key and three indexes each, an archive of about 180 MB.
 * @param sessions that the target still allows, which limit the jobs; by default its own maximum
 */
export function postgresLoad(goal: number, sessions?: number): Comparison {
  return {
    name: `postgresql 4 tables${sessions === undefined ? '' : `, ${Math.floor(sessions / 2)} job`}`,
    unit: 's',
    goal,
    peer: 'gzip -dc | pg_restore',
    open: async (scale) => {
      const server = await serverAsInstalled('postgresql');
      const file = keptArchive(server, scale);
      const timed = async (database: string, load: () => unknown) => {
        shell(
          server,
          `dropdb --if-exists ${database}; createdb -T template0 ${database}; psql -qc CHECKPOINT postgres`,
        );
        if (sessions !== undefined) {
          shell(server, `psql -qc 'ALTER DATABASE ${database} CONNECTION LIMIT ${sessions}' postgres`);
        }
        const began = performance.now();
        await load();
        return (performance.now() - began) / 1000;
      };
      return {
        versions: serverVersion(server),
        ours: () => timed('ours', () => restore(server, 'ours', file)),
        theirs: () => timed('theirs', () => shell(server, `gzip -dc '${file}' | pg_restore --dbname=theirs`)),
        check: async () => {
          const [ours, theirs] = ['ours', 'theirs'].map((database) =>
            // the key of \restrict differs in each dump
            shell(server, `pg_dump ${database} | grep -v 'restrict ' | sha256sum`),
          );
          if (ours !== theirs) throw new Error('the two restores differ');
        },
        close: async () => {},
      };
    },
  };
}

/** What the restore task does, without its records. */
async function restore(server: RunningServer, database: string, file: string): Promise<void> {
  const { host, port, username, password } = server;
  const connection = aConnection({ host, port, username, ssl_mode: 'disable' });
  const opened = await openBackup(await fileSource(file), []);
  const { head, whole } = await readDumpHead(opened.dump);
  const target = { connection, password, database, restoreId: crypto.randomUUID() };
  const files = await PrivateFiles.in(tmpdir());
  const loading = {
    files,
    telling: SILENT,
    signal: new AbortController().signal,
    beforeNextWrite: async () => {},
    isAsBefore: () => {},
    analyze: false,
    tables: new TableStates(),
  };
  const dump = { chunks: whole, objectBytes: opened.objectBytes, dumpBytes: null };
  try {
    const prepared = await inspectPostgres(target, head, SILENT);
    const { chunks } = (await prepared.spool?.(dump, loading)) ?? streamed(dump);
    await prepared.load(chunks, loading);
  } finally {
    await files.remove();
  }
}

export async function fileSource(file: string): Promise<ObjectSource> {
  const blob = await openAsBlob(file);
  return {
    location: file,
    read: async (from, to) => ({
      etag: '"kept"',
      totalBytes: blob.size,
      body: blob.slice(from, to + 1).stream() as AsyncIterable<Uint8Array>,
    }),
  };
}

/** The gzipped archive, as Jagad writes it; it takes a while to make, and stays. */
export function keptArchive(server: RunningServer, scale: number): string {
  const rows = Math.round(ROWS * scale);
  const file = join(tmpdir(), `jagad-bench-postgresql-${TABLES.length}x${rows}.sql.gz`);
  if (existsSync(file)) return file;
  const tables = TABLES.map(
    (table) => `CREATE TABLE t${table} (id int PRIMARY KEY, a int, b text, c timestamptz, note text);
      INSERT INTO t${table} SELECT n, (n * 7919::bigint % 1000003)::int, md5((n * ${table})::text),
        '2026-01-01'::timestamptz + n * interval '17 s', repeat(md5((n * 31 + ${table})::text), 2)
        FROM generate_series(1, ${rows}) AS n;
      CREATE INDEX ON t${table} (a); CREATE INDEX ON t${table} (b); CREATE INDEX ON t${table} (c);`,
  );
  shell(server, 'createdb source && psql --quiet source', tables.join('\n'));
  const partly = mkdtempSync(join(tmpdir(), 'jagad-bench-'));
  shell(server, `pg_dump --format=custom source | gzip > '${partly}/dump' && dropdb source`);
  renameSync(join(partly, 'dump'), file);
  rmSync(partly, { recursive: true });
  return file;
}

/** @throws Error when the script ends with another code than 0 */
function shell({ host, port, username, password }: RunningServer, script: string, input = ''): string {
  const env = { PATH: process.env.PATH, PGHOST: host, PGPORT: String(port), PGUSER: username, PGPASSWORD: password };
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', script], {
    env,
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}`);
  return stdout;
}
