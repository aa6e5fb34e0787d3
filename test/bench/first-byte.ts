/** How long after its POST a restore begins to write: what the service itself takes before the first byte has its effect. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DbType, Restore } from '../../lib/domain/records.ts';
import { openSession, type Session } from '../../lib/local/demo/session.ts';
import { startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';

const POLL_MS = 5;
const RUNS = 3;

export interface FirstByteRow {
  /** The median of the runs. */
  ms: number;
  /** The quickest and the slowest. */
  spread: [number, number];
}

/**
 * Restores a small encrypted backup, checksum and all, into an empty database, and waits for its first table: so the
 * figure holds whatever tool or connection brings the bytes there. @throws Error when the restore fails.
 */
export async function measureFirstByte(dbType: DbType): Promise<FirstByteRow> {
  const server = await startServer(dbType);
  if (server === undefined) throw new Error(`no ${dbType} server`);
  const harness = await startHarness(server);
  try {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const database = `first_byte_${run}`;
      await harness.sql(undefined, `CREATE DATABASE ${database}`);
      const session = await openSession(server, database);
      const start = performance.now();
      const started = await harness.api.startRestore(harness.backups[0].id, { target_database: database });
      const ending = harness.api.follow(started.id);
      times.push(await Promise.race([firstTable(dbType, session, start), failed(ending)]));
      await ending;
      await session.end();
    }
    times.sort((a, b) => a - b);
    return { ms: times[1] as number, spread: [times[0] as number, times[2] as number] };
  } finally {
    await harness.stop();
    await server.stop();
  }
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

/** Never comes, but for a restore that fails. */
async function failed(ending: Promise<Restore>): Promise<never> {
  const { status, error } = await ending;
  if (status !== 'success') throw new Error(`${error?.message}`);
  return new Promise(() => {});
}

/** One line. */
export function describeFirstByte({ ms, spread }: FirstByteRow): string {
  return `${ms} ms from the POST (${spread.join(' to ')})`;
}
