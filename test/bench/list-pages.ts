/** What a page of a list costs in a table with many records, according to DynamoDB itself. */

import { randomUUID } from 'node:crypto';
import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LISTS } from '../../lib/api/tables.ts';
import { backup } from '../../lib/backups/model.ts';
import { BACKUP_LIST } from '../../lib/backups/tables.ts';
import { restore } from '../../lib/restores/model.ts';
import { RESTORE_LIST } from '../../lib/restores/tables.ts';
import { derivedAttributes, derivedValues } from '../../lib/storage/items/list-indexes.ts';
import type { Filters } from '../../lib/storage/items/list-plan.ts';
import { RecordTable } from '../../lib/storage/items/record-table.ts';
import { aBackup, aRestore } from '../support/records.ts';
import { startTables } from '../support/tables.ts';
import { watchedClient } from '../support/watched-queries.ts';

const PAGE = 50;
/** Another page, far from the newest, that is measured too. */
const DEEP_PAGE = 20;
const BATCH = 25;
const AT_ONCE = 8;
const MINUTE_MS = 60_000;
const NEWEST = Date.UTC(2026, 10, 22);

export type ListedKind = 'backups' | 'restores';

export interface PageCost {
  filters: Record<string, string>;
  /** Counted from one. */
  page: number;
  records: number;
  /** Items that were examined. */
  evaluated: number;
  /** Read capacity units: one is two reads of up to 4 KiB that need not be the latest. */
  units: number;
  ms: number;
}

const CONNECTIONS = Array.from({ length: 200 }, () => randomUUID());
const PROVIDERS = Array.from({ length: 4 }, () => randomUUID());
const BACKUPS = Array.from({ length: 2000 }, () => randomUUID());
const at = <T>(from: readonly T[], index: number): T => from[index % from.length] as T;
const time = (index: number) => new Date(NEWEST - index * MINUTE_MS).toISOString();

const records = {
  backups: (index: number) =>
    aBackup({
      connection_id: at(CONNECTIONS, index),
      database_name: `database ${index % 7}`,
      storage_provider_id: at(PROVIDERS, index >> 3),
      status: index % 41 === 0 ? 'failed' : 'success',
      verify_status: index % 97 === 0 ? 'failed' : index % 3 === 0 ? 'pending' : 'passed',
      checksum: index.toString(16).padStart(64, '0'),
      created_at: time(index),
    }),
  restores: (index: number) =>
    aRestore({
      backup_id: at(BACKUPS, index),
      to_connection: index % 2 === 0 ? undefined : at(CONNECTIONS, index),
      status: index % 53 === 0 ? 'failed' : index % 5000 === 1 ? 'running' : 'success',
      log_output: 'DOWNLOAD: backups/a/b.sql.gz (1 bytes)\nDECOMPRESS: 1 -> 2 bytes\nRESTORE: OK\n',
      created_at: time(index),
    }),
};

const [connection_id, to_connection] = [CONNECTIONS[4] as string, CONNECTIONS[5] as string];
const lists: { backups: Filters<typeof BACKUP_LIST>[]; restores: Filters<typeof RESTORE_LIST>[] } = {
  backups: [
    {},
    { connection_id },
    { database_name: 'database 3' },
    { storage_provider_id: PROVIDERS[1] },
    { verify_status: 'failed' },
    { status: 'failed' },
    { status: 'success' },
    { connection_id, database_name: 'database 3' },
    { connection_id, status: 'failed' },
    { status: 'failed', verify_status: 'failed' },
    { connection_id, database_name: 'database 3', status: 'failed', verify_status: 'failed' },
  ],
  restores: [
    {},
    { backup_id: BACKUPS[4] },
    { to_connection },
    { status: 'failed' },
    { status: 'running' },
    { to_connection, status: 'failed' },
    { backup_id: BACKUPS[4], status: 'failed' },
  ],
};

/** Writes so many records, then reads the first and a later page of every list. */
export async function measureLists(
  kind: ListedKind,
  count: number,
): Promise<{ seedSeconds: number; pages: PageCost[] }> {
  const tables = await startTables();
  try {
    const { client, queries } = watchedClient(tables.config);
    const name = kind === 'backups' ? tables.names.BACKUPS_TABLE : tables.names.RESTORES_TABLE;
    const start = performance.now();
    await seed(client, name, kind, count);
    const seedSeconds = Math.round((performance.now() - start) / 1000);
    const backups = new RecordTable(client, tables.names.BACKUPS_TABLE, backup, BACKUP_LIST);
    const restores = new RecordTable(client, tables.names.RESTORES_TABLE, restore, RESTORE_LIST);
    const pages: PageCost[] = [];
    for (const filters of lists[kind]) {
      let cursor: string | undefined;
      for (let page = 1; page <= DEEP_PAGE && (page === 1 || cursor !== undefined); page++) {
        queries.length = 0;
        const begun = performance.now();
        const request = { limit: PAGE, cursor };
        const found = await (kind === 'backups' ? backups.list(filters, request) : restores.list(filters, request));
        cursor = found.cursor;
        if (page > 1 && page < DEEP_PAGE && cursor !== undefined) continue;
        pages.push({
          filters: filters as Record<string, string>,
          page,
          records: found.records.length,
          evaluated: queries.reduce((sum, { evaluated }) => sum + evaluated, 0),
          units: queries.reduce((sum, { units }) => sum + units, 0),
          ms: Math.round(performance.now() - begun),
        });
      }
    }
    return { seedSeconds, pages };
  } finally {
    await tables.stop();
  }
}

async function seed(client: DynamoDBDocumentClient, table: string, kind: ListedKind, count: number): Promise<void> {
  const derived = derivedAttributes(LISTS[kind]);
  let next = 0;
  const write = async () => {
    while (next < count) {
      const from = next;
      next = Math.min(count, from + BATCH);
      const puts = Array.from({ length: next - from }, (_, offset) => {
        const record: Record<string, unknown> = { ...records[kind](from + offset) };
        return { PutRequest: { Item: { ...record, ...derivedValues(derived, record) } } };
      });
      const { UnprocessedItems = {} } = await client.send(new BatchWriteCommand({ RequestItems: { [table]: puts } }));
      if (Object.keys(UnprocessedItems).length > 0) throw new Error('not all records were written');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
}
