/** How long after its POST a restore begins to write: the time that the service itself takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DbType } from '../../lib/databases/names.ts';
import { openSession, type Session } from '../../lib/local/demo/session.ts';
import type { Restore } from '../../lib/restores/model.ts';
import type { Harness } from '../support/harness.ts';
import { type Row, resultOf } from './row.ts';
import { serviceFor } from './servers.ts';
import { serverVersion } from './versions.ts';

const POLL_MS = 5;

/**
 * Restores a small encrypted backup, including its checksum, into an empty database, and waits for its first table: so
 * the figure is comparable whatever tool or connection loads it.
 */
export function firstByteRow(dbType: DbType): Row {
  return {
    name: `first byte ${dbType}`,
    peer: 'the limit that we set ourselves',
    goal: { bound: 'at most', value: 2000 },
    measure: async ({ runs, soFar }) => {
      const harness = await serviceFor(dbType);
      const times: number[] = [];
      for (;;) {
        times.push(await timed(harness, `first_byte_${times.length}`));
        const result = resultOf(times, 'ms', 'from the POST to the first table', serverVersion(harness.server));
        if (times.length === runs) return result;
        soFar(result);
      }
    },
  };
}

async function timed({ sql, server, api, backups }: Harness, database: string): Promise<number> {
  await sql(undefined, `CREATE DATABASE ${database}`);
  const session = await openSession(server, database);
  const start = performance.now();
  const started = await api.startRestore(backups[0].id, { target_database: database });
  const ending = api.follow(started.id);
  const ms = await Promise.race([firstTable(server.dbType, session, start), failed(ending)]);
  await ending;
  await session.end();
  return ms;
}

const TABLES = {
  postgresql: "SELECT 1 FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') LIMIT 1",
  mysql: 'SHOW TABLES',
  mariadb: 'SHOW TABLES',
};

/** Milliseconds from `start` until the session's database has a table. */
async function firstTable(dbType: DbType, session: Session, start: number): Promise<number> {
  while ((await session.rows(TABLES[dbType])).length === 0) await sleep(POLL_MS);
  return Math.round(performance.now() - start);
}

/** Only comes if a restore fails. */
async function failed(ending: Promise<Restore>): Promise<never> {
  const { status, error } = await ending;
  if (status !== 'success') throw new Error(`${error?.message}`);
  return new Promise(() => {});
}
