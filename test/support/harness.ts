/** A running service with real servers and Jagad's fixtures, for tests that use it as a user does. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backup } from '../../lib/backups/model.ts';
import type { Connection } from '../../lib/connections/model.ts';
import type { DbType } from '../../lib/databases/names.ts';
import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import { backupRecord, putObject, registerServer } from '../../lib/local/demo/register.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { LocalService, LocalServiceOptions } from '../../lib/local/service.ts';
import type { Restore } from '../../lib/restores/model.ts';
import { adminClient, startService } from './service.ts';

const FIXTURES = new URL('../fixtures/jagad/', import.meta.url);

const readJson = (name: string) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'));

/** Jagad's own records, as its API lists them. */
interface JagadBackup {
  id: string;
  connection_id: string;
  storage_path: string;
  size_bytes: number;
  checksum: string;
}

export const expected = readJson('expected.json') as {
  encryption_key: string;
  postgresql: { sql: string; row: string };
  'mysql and mariadb': { sql: string; row: string };
};
const jagadBackups = readJson('backups.json') as JagadBackup[];
const jagadConnections = readJson('connections.json') as { id: string; name: string; db_type: DbType }[];

export function fixtureBytes(storagePath: string): Buffer {
  return readFileSync(new URL(`objects/${storagePath.split('/').map(encodeURIComponent).join('/')}`, FIXTURES));
}

export interface Harness {
  stateDirectory: string;
  service: LocalService;
  api: ApiClient;
  server: RunningServer;
  connection: Connection;
  /** The fixtures of the server's type: encrypted, plain. */
  backups: [Backup, Backup];
  /** Registers a copy of a backup with other bytes, or other fields. */
  addBackup(of: Backup, bytes: Buffer, fields?: Partial<Backup>): Promise<Backup>;
  /** Restores and waits for the end. */
  restore(backup: Backup, request?: { target_connection?: string; target_database?: string }): Promise<Restore>;
  /** The row that `expected.json`'s query answers in a database. */
  answer(database: string): Promise<string>;
  /** Runs statements, one after another, in a database (or in none). */
  sql(database: string | undefined, ...statements: string[]): Promise<Record<string, unknown>[]>;
  /** Stops the service, and removes its state. */
  stop(): Promise<void>;
  /** Removes the state of a service that was stopped. */
  remove(): void;
}

export async function startHarness(
  server: RunningServer,
  options: Partial<LocalServiceOptions> = {},
): Promise<Harness> {
  const stateDirectory = options.stateDirectory ?? mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  const service = await startService({ ...options, stateDirectory });
  service.secrets.set(
    service.secretNames.encryptionKeys,
    JSON.stringify([
      { id: 'newer', value: 'a key that came later' },
      { id: 'fixtures', value: expected.encryption_key },
    ]),
  );
  const known = jagadConnections.find(({ db_type }) => db_type === server.dbType);
  if (known === undefined) throw new Error(`no fixtures for ${server.dbType}`);
  const connection = await registerServer(service, server, known);
  const api = adminClient(service);

  const add = async (record: Backup, bytes: Buffer): Promise<Backup> => {
    await putObject(service, record.storage_path, bytes);
    await service.records.backups.put(record);
    return record;
  };
  const backups = await Promise.all(
    jagadBackups
      .filter(({ connection_id }) => connection_id === connection.id)
      .map(({ id, storage_path, size_bytes, checksum }) =>
        add(
          backupRecord({
            id,
            connection_id: connection.id,
            db_type: connection.db_type,
            database_name: 'shop',
            storage_path,
            size_bytes,
            checksum: checksum === '' ? null : checksum,
          }),
          fixtureBytes(storage_path),
        ),
      ),
  );

  const remove = () => rmSync(stateDirectory, { recursive: true, force: true });
  return {
    stateDirectory,
    service,
    api,
    server,
    connection,
    backups: backups as [Backup, Backup],
    addBackup: (of, bytes, fields = {}) => {
      const record = backupRecord({ ...of, id: crypto.randomUUID(), verify_status: 'pending', ...fields });
      record.storage_path = `backups/${connection.name}/shop/${record.id}-20261122-080000.sql.gz`;
      return add(record, bytes);
    },
    restore: async (backup, request) => api.follow((await api.startRestore(backup.id, request)).id),
    answer: (database) => answer(server, database),
    sql: (database, ...statements) => runSql(server, database, statements),
    stop: async () => {
      await service.stop();
      remove();
    },
    remove,
  };
}

/** Runs statements, one after another, in a database (or in none). @returns the rows of the last one. */
export async function runSql(server: RunningServer, database: string | undefined, statements: string[]) {
  const session = await openSession(server, database);
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = await session.rows(statement);
    return rows;
  } finally {
    await session.end();
  }
}

/** The row that `expected.json`'s query answers in a database. */
export async function answer(server: RunningServer, database: string): Promise<string> {
  const postgres = server.dbType === 'postgresql';
  const { sql } = postgres ? expected.postgresql : expected['mysql and mariadb'];
  // the values in their order: several columns have the same name
  const named = sql.split(/;\s*/).map((statement) => nameColumns(statement));
  const [row = {}] = await runSql(server, database, named);
  return Object.values(row).join(postgres ? '|' : '\t');
}

/** Gives each subquery of `select (…),(…)` a unique name, because rows are returned as objects. */
function nameColumns(statement: string): string {
  let depth = 0;
  let column = 0;
  return statement.replace(/[()]/g, (bracket) => {
    depth += bracket === '(' ? 1 : -1;
    return bracket === ')' && depth === 0 ? `) as c${column++}` : bracket;
  });
}
