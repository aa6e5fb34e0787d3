/** The backed-up database, and the one in use that is restored over; what happened to the latter. */
import type { Fingerprint } from '../../lib/local/demo/fingerprint/fingerprint.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { randomNumbers } from '../support/chunks.ts';
import { runSql } from '../support/harness.ts';
import type { End } from './faults.ts';

export const SOURCE = 'source';
export const TARGET = 'shop';
/** As many random hex digits as are needed for an object of more than two parts of a download. */
const ROWS = 44_000;
const DIGITS = 500;
const ROWS_A_STATEMENT = 400;

const CREATE = [
  'CREATE TABLE kinds (id int PRIMARY KEY, name varchar(40) NOT NULL)',
  `CREATE TABLE events (id int PRIMARY KEY, kind int NOT NULL, body varchar(${DIGITS}) NOT NULL)`,
];
const KEYS = [
  'CREATE INDEX events_kind ON events (kind)',
  'ALTER TABLE events ADD CONSTRAINT events_kind_fk FOREIGN KEY (kind) REFERENCES kinds (id)',
];

export async function writeSource(server: RunningServer): Promise<void> {
  await runSql(server, undefined, [`CREATE DATABASE ${SOURCE}`]);
  const session = await openSession(server, SOURCE);
  const random = randomNumbers(16);
  try {
    for (const statement of CREATE) await session.rows(statement);
    await session.rows("INSERT INTO kinds VALUES (0, 'a'), (1, 'b'), (2, 'c')");
    for (let row = 0; row < ROWS; row += ROWS_A_STATEMENT) {
      const values = Array.from(
        { length: ROWS_A_STATEMENT },
        (_, at) => `(${row + at}, ${at % 3}, '${digits(random)}')`,
      );
      await session.rows(`INSERT INTO events VALUES ${values.join(', ')}`);
    }
    for (const statement of KEYS) await session.rows(statement);
  } finally {
    await session.end();
  }
}

function digits(random: () => number): string {
  let text = '';
  while (text.length < DIGITS)
    text += Math.floor(random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0');
  return text.slice(0, DIGITS);
}

/** The database in use, as it was before the restore: other rows in the tables of the backup, and a table of its own. */
export async function recreateTarget(server: RunningServer): Promise<void> {
  const force = server.dbType === 'postgresql' ? ' WITH (FORCE)' : '';
  await runSql(server, undefined, [`DROP DATABASE IF EXISTS ${TARGET}${force}`, `CREATE DATABASE ${TARGET}`]);
  await runSql(server, TARGET, [
    ...CREATE,
    "INSERT INTO kinds VALUES (7, 'live')",
    "INSERT INTO events VALUES (1, 7, 'live')",
    ...KEYS,
    'CREATE TABLE own (id int)',
    'INSERT INTO own VALUES (1)',
  ]);
}

const TABLES = ['kinds', 'events'];

/** @returns what happened to the target, judged by its content. */
export function endOfTarget(before: Fingerprint, backedUp: Fingerprint, after: Fingerprint): End {
  const isAs = (other: Fingerprint, names: readonly string[]) =>
    names.every((name) => JSON.stringify(other.get(name)) === JSON.stringify(after.get(name)));
  if (before.size > 0 && isAs(before, [...new Set([...before.keys(), ...after.keys()])])) return 'before';
  const tables = [...backedUp.keys()].filter((name) => TABLES.some((table) => name.endsWith(table)));
  if (tables.length !== TABLES.length) throw new Error(`the backup has ${[...backedUp.keys()].join(', ')}`);
  return isAs(backedUp, tables) ? 'backup' : 'incomplete';
}

/** The sessions of restores, as the server tells. */
export async function sessionsOf(server: RunningServer): Promise<unknown[]> {
  return runSql(server, undefined, [
    server.dbType === 'postgresql'
      ? "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'jagad-restore%'"
      : 'SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()' +
        " AND command <> 'Daemon' AND user NOT IN ('event_scheduler', 'system user')",
  ]);
}

/** Between two statements a session isn't seen at work. */
const FOUND_WITHIN_MS = 5000;

/**
 * Ends a loading session, as a server's administrator might.
 * @throws Error if one is required, and there is none
 */
export async function killSession(server: RunningServer, hasTo: boolean): Promise<void> {
  const isPostgres = server.dbType === 'postgresql';
  const look = isPostgres
    ? "SELECT pid AS id FROM pg_stat_activity WHERE application_name LIKE 'jagad-restore%' AND query LIKE 'COPY %'"
    : "SELECT id FROM information_schema.processlist WHERE info LIKE 'INSERT %' AND id <> CONNECTION_ID()";
  const admin = await openSession(server);
  try {
    const deadline = Date.now() + (hasTo ? FOUND_WITHIN_MS : 0);
    for (;;) {
      const [session] = (await admin.rows(look)) as [{ id: number } | undefined];
      if (session !== undefined) {
        await admin.rows(isPostgres ? `SELECT pg_terminate_backend(${session.id})` : `KILL ${session.id}`);
        return;
      }
      if (Date.now() < deadline) continue;
      if (hasTo) throw new Error('no session loads');
      return;
    }
  } finally {
    await admin.end();
  }
}
