/**
 * The tables of one machine: dynalite's operations on a LevelDB. dynalite's own front end exits the process if LevelDB
 * fails, so this class calls the operations itself.
 *
 * The store is *open* until a write fails. Then LevelDB may have half a record at the end of its log, and anything that
 * is appended after it would be acknowledged, but lost at the next start. So from then on, the store *refuses writes*,
 * and still reads. Once the disk accepts a test write, the store is *opened again*: LevelDB reads its log up to the
 * half record, and begins another log. If that fails, the store is *closed*, and each request tries again. An item and
 * its index entries are written together or not at all, one write at a time.
 */

import { createRequire } from 'node:module';
import { AbstractKeyIterator, AbstractValueIterator } from 'abstract-level';
import type { LocalTable } from '../stack/template.ts';
import { checkRoom, diskFault, notWritable, probeRoom } from '../state/disk-full.ts';
import { ServiceFault } from './service-fault.ts';

// dynalite 4 ends its iterators by `return`, which the iterators of abstract-level 3 don't have. So each query left one
// open, with about 50 KiB of native memory.
for (const iterator of [AbstractKeyIterator, AbstractValueIterator]) {
  Object.assign(iterator.prototype, {
    return(this: { close(): Promise<void> }) {
      return this.close();
    },
  });
}

type Callback<T = unknown> = (error: unknown, value?: T) => void;
type BatchOperation = { type: 'put'; key: string; value: unknown } | { type: 'del'; key: string };

/** The part of the database whose keys begin with a given name. */
interface SubDb {
  put(key: string, value: unknown, callback: Callback): void;
  del(key: string, callback: Callback): void;
}

interface Level {
  get(key: string, callback: Callback): void;
  values(): AsyncIterable<unknown>;
  open(): Promise<void>;
  close(): Promise<void>;
  put(key: string, value: unknown, callback: Callback): void;
  del(key: string, callback: Callback): void;
  batch(operations: BatchOperation[], callback: Callback): void;
}

/** dynalite's store. */
interface Store {
  db: Level;
  /** The definitions of the tables. */
  tableDb: SubDb & Pick<Level, 'get'>;
  getItemDb(table: string): SubDb;
  getIndexDb(type: string, table: string, index: string): SubDb;
}

interface StoredIndex {
  IndexName: string;
}

/** The part of a table's definition that is used here. */
interface StoredTable {
  TableArn: string;
  GlobalSecondaryIndexes?: StoredIndex[];
}

interface ScannedPage {
  Items: unknown[];
  LastEvaluatedKey?: unknown;
}

interface Validation {
  types: object;
  custom: unknown;
}

const load = createRequire(import.meta.url);
const { create } = load('dynalite/db') as { create(options: object): Store };
const { checkTypes, checkValidations } = load('dynalite/validations') as {
  checkTypes(input: unknown, types: object): unknown;
  checkValidations(input: unknown, types: object, custom: unknown, store: Store): void;
};

const READS = ['BatchGetItem', 'DescribeTable', 'DescribeTimeToLive', 'GetItem', 'ListTables', 'Query', 'Scan'];
/** Without BatchWriteItem, which nothing calls: its items share their writes. */
const WRITES = ['CreateTable', 'DeleteItem', 'DeleteTable', 'PutItem', 'UpdateItem', 'UpdateTable'];
export const TABLE_OPERATIONS = [...READS, ...WRITES];

/** A key that can't be one of dynalite's, which all begin with the name of one of its parts. */
const STARTS = 'jagad~starts';

/** The shortest time between two tries to write to the disk. */
const PROBE_INTERVAL_MS = 1000;

export class TableStore {
  readonly #directory: string;
  #store: Store;
  /** The reason why writes are refused, if they are. */
  #fault: ServiceFault | undefined;
  #isOpen = true;
  #probedAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<unknown> = Promise.resolve();
  #reopening: Promise<void> | undefined;
  readonly #underWay = new Set<Promise<unknown>>();

  private constructor(directory: string, store: Store) {
    this.#directory = directory;
    this.#store = store;
    this.#guardWrites();
  }

  /** @throws Error that names the directory if LevelDB can't open it. */
  static async open(directory: string): Promise<TableStore> {
    return new TableStore(directory, await openStore(directory));
  }

  /**
   * Runs a DynamoDB operation.
   * @throws ServiceFault: DynamoDB's own error, or StateNotWritable.
   */
  async run(operation: string, input: unknown): Promise<unknown> {
    const writes = WRITES.includes(operation);
    while (this.#reopening !== undefined) await this.#reopening.catch(() => {});
    if (!this.#isOpen || (writes && this.#fault !== undefined)) await this.#recover();
    if (writes) checkRoom(this.#directory);
    const running = this.#carryOut(operation, input, writes);
    this.#underWay.add(running);
    try {
      return await running;
    } finally {
      this.#underWay.delete(running);
    }
  }

  /**
   * Adds the indexes that a table lacks, because an update of the service may need new ones and dynalite's UpdateTable
   * can't add them. It writes every item again, which fills the indexes.
   */
  async addIndexes(table: LocalTable): Promise<void> {
    const { TableName, AttributeDefinitions, GlobalSecondaryIndexes = [] } = table;
    const { Table } = (await this.run('DescribeTable', { TableName })) as { Table: StoredTable };
    const known = Table.GlobalSecondaryIndexes ?? [];
    const missing = (GlobalSecondaryIndexes as StoredIndex[]).filter(
      ({ IndexName }) => !known.some((index) => index.IndexName === IndexName),
    );
    if (missing.length === 0) return;
    const { tableDb } = this.#store;
    const stored = await new Promise<StoredTable>((resolve, reject) => {
      tableDb.get(TableName, (error, value) => (error ? reject(error) : resolve(value as StoredTable)));
    });
    const added = missing.map((index) => ({
      ...index,
      ...{ IndexArn: `${stored.TableArn}/index/${index.IndexName}`, IndexStatus: 'ACTIVE' },
      ...{ IndexSizeBytes: 0, ItemCount: 0 },
      ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 },
    }));
    await new Promise<void>((resolve, reject) => {
      const changed = { ...stored, AttributeDefinitions, GlobalSecondaryIndexes: [...known, ...added] };
      tableDb.put(TableName, changed, (error) => (error ? reject(error) : resolve()));
    });
    for (let ExclusiveStartKey: unknown; ; ) {
      const page = (await this.run('Scan', { TableName, ExclusiveStartKey })) as ScannedPage;
      for (const Item of page.Items) await this.run('PutItem', { TableName, Item });
      ExclusiveStartKey = page.LastEvaluatedKey;
      if (ExclusiveStartKey === undefined) return;
    }
  }

  /**
   * How often a service has started with these tables. If another database was put in their place, the number differs.
   */
  async starts(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#store.db.get(STARTS, (error, value) =>
        error ? reject(error) : resolve(typeof value === 'number' ? value : 0),
      );
    });
  }

  /** Resolves once this write, and everything written before, is on the disk. */
  async setStarts(starts: number): Promise<void> {
    // dynalite's own `put` has no options
    const { put } = Object.getPrototypeOf(this.#store.db) as { put(...args: unknown[]): Promise<void> };
    await put.call(this.#store.db, STARTS, starts, { sync: true });
  }

  /**
   * Reads everything.
   * @returns the number of entries.
   * @throws LevelDB's error if an entry is damaged
   */
  async readAll(): Promise<number> {
    let entries = 0;
    for await (const _ of this.#store.db.values()) entries += 1;
    return entries;
  }

  async close(): Promise<void> {
    await this.#reopening?.catch(() => {});
    if (this.#isOpen) await this.#store.db.close();
    this.#isOpen = false;
  }

  async #carryOut(operation: string, input: unknown, writes: boolean): Promise<unknown> {
    const name = `${operation[0]?.toLowerCase()}${operation.slice(1)}`;
    const action = load(`dynalite/actions/${name}`) as (store: Store, data: unknown, callback: Callback) => void;
    const { types, custom } = load(`dynalite/validations/${name}`) as Validation;
    try {
      const data = checkTypes(input, types);
      checkValidations(data, types, custom, this.#store);
      const store = writes ? together(this.#store) : this.#store;
      return await new Promise((resolve, reject) => {
        action(store, data, (error, answer) => (error ? reject(error) : resolve(answer)));
      });
    } catch (error) {
      throw asFault(error);
    }
  }

  /**
   * Opens the store again if there is disk space again.
   * @throws ServiceFault if there isn't.
   */
  async #recover(): Promise<void> {
    const now = performance.now();
    if (now - this.#probedAt < PROBE_INTERVAL_MS && this.#fault !== undefined) throw this.#fault;
    this.#probedAt = now;
    probeRoom(this.#directory);
    this.#reopening = this.#reopen().finally(() => {
      this.#reopening = undefined;
    });
    await this.#reopening;
  }

  async #reopen(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#writing;
    if (this.#isOpen) await this.#store.db.close().catch(() => {});
    this.#isOpen = false;
    try {
      this.#store = await openStore(this.#directory);
    } catch (error) {
      const reason = diskFault(error);
      if (reason !== undefined) this.#fault = notWritable(this.#directory, reason);
      throw this.#fault ?? error;
    }
    this.#isOpen = true;
    this.#fault = undefined;
    this.#guardWrites();
  }

  /** Passes one write at a time to LevelDB, and none after one has failed. */
  #guardWrites(): void {
    const { db } = this.#store;
    const guarded = (write: (done: Callback) => void, callback: Callback = () => {}) => {
      const turn = this.#writing.then(() => this.#write(write));
      this.#writing = turn.catch(() => {});
      turn.then(
        () => setImmediate(callback, null),
        (error: unknown) => setImmediate(callback, error),
      );
    };
    const { put, del, batch } = db;
    db.put = (key, value, callback) => guarded((done) => put(key, value, done), callback);
    db.del = (key, callback) => guarded((done) => del(key, done), callback);
    db.batch = (operations, callback) => guarded((done) => batch(operations, done), callback);
  }

  async #write(write: (done: Callback) => void): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault;
    try {
      await new Promise<void>((resolve, reject) => write((error) => (error ? reject(error) : resolve())));
    } catch (error) {
      const reason = diskFault(error) ?? (error as Error).message;
      this.#fault = notWritable(this.#directory, reason);
      throw this.#fault;
    }
  }
}

async function openStore(directory: string): Promise<Store> {
  const store = create({ path: directory, createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  try {
    await store.db.open();
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    throw new Error(`the database in ${directory} cannot be opened: ${why}`, { cause: error });
  }
  return store;
}

/** The store for one write. It holds index entries back, and writes them together with the item. */
function together(store: Store): Store {
  const kept: BatchOperation[] = [];
  const keep = (operation: BatchOperation, callback: Callback) => {
    kept.push(operation);
    setImmediate(callback, null);
  };
  return Object.assign(Object.create(store) as Store, {
    getIndexDb(type: string, table: string, index: string): SubDb {
      const prefix = `index-${type.toLowerCase()}~${table}~${index}~`;
      return Object.assign(Object.create(store.getIndexDb(type, table, index)) as SubDb, {
        put: (key: string, value: unknown, done: Callback) =>
          keep({ type: 'put', key: `${prefix}${key}`, value }, done),
        del: (key: string, done: Callback) => keep({ type: 'del', key: `${prefix}${key}` }, done),
      });
    },
    getItemDb(table: string): SubDb {
      const prefix = `item-${table}~`;
      const write = (operation: BatchOperation, done: Callback) => store.db.batch([...kept.splice(0), operation], done);
      return Object.assign(Object.create(store.getItemDb(table)) as SubDb, {
        put: (key: string, value: unknown, done: Callback) =>
          write({ type: 'put', key: `${prefix}${key}`, value }, done),
        del: (key: string, done: Callback) => write({ type: 'del', key: `${prefix}${key}` }, done),
      });
    },
  });
}

/** dynalite's errors contain DynamoDB's response. */
function asFault(error: unknown): unknown {
  const { body } = error as { body?: { __type?: string; message?: string; Message?: string } };
  if (body?.__type === undefined) return error;
  return new ServiceFault(body.__type, body.message ?? body.Message ?? '');
}
