import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { z } from 'zod';
import { wasApplied } from './conditional-write.ts';
import { type Derived, derivedAttributes, derivedValues, type ListDefinition, TIME_ATTRIBUTE } from './list-indexes.ts';
import { cursorBehind, type Filters, type ListBounds, type ListPlan, type OnlyKnown, planList } from './list-plan.ts';
import type { TableActions } from './table-actions.ts';

/** For a list whose filters no single index covers: how many records a request examines at first, and at most. */
const MAX_EVALUATED = 1000;
const FIRST_EVALUATED = 100;
const ALL_PAGE = 200;
/** DynamoDB's own limit. */
const MAX_BATCH = 100;

/** DynamoDB limits a partition key to 2,048 bytes. No id is half as long. */
const MAX_KEY_BYTES = 1024;

interface TableRecord {
  id: string;
  created_at: string;
}

export interface Page<T> {
  records: T[];
  /** The position of the next page; undefined on the last page. */
  cursor: string | undefined;
}

export interface PageRequest extends ListBounds {
  /** The maximum number of records. */
  limit: number;
}

/** A table of records with a UUID as key. Attributes that the schema doesn't know are stored, but never returned. */
export class RecordTable<T extends TableRecord, L extends ListDefinition> {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #schema: z.ZodType<T>;
  readonly #listed: L;
  readonly #derived: Derived[];

  /** @param listed says which indexes the table has. */
  constructor(client: DynamoDBDocumentClient, table: string, schema: z.ZodType<T>, listed: L) {
    this.#client = client;
    this.#table = table;
    this.#schema = schema;
    this.#listed = listed;
    this.#derived = derivedAttributes(listed);
  }

  /** The current record (a consistent read). */
  async get(id: string): Promise<T | undefined> {
    if (id === '' || Buffer.byteLength(id) > MAX_KEY_BYTES) return undefined; // DynamoDB would refuse to look
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { id }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : this.#schema.parse(Item);
  }

  /**
   * The existing records with these ids, by id, in their current state (consistent reads, up to a hundred per request).
   */
  async getMany(ids: Iterable<string>): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    const left = [...new Set(ids)].map((id) => ({ id }));
    for (let tried = 0; left.length > 0; ) {
      const Keys = left.splice(0, MAX_BATCH);
      const { Responses = {}, UnprocessedKeys = {} } = await this.#client.send(
        new BatchGetCommand({ RequestItems: { [this.#table]: { Keys, ConsistentRead: true } } }),
      );
      const records = (Responses[this.#table] ?? []).map((item) => this.#schema.parse(item));
      for (const record of records) found.set(record.id, record);
      const unprocessed = (UnprocessedKeys[this.#table]?.Keys ?? []) as { id: string }[];
      left.push(...unprocessed);
      // a response is cut at 16 MiB, which isn't a fault; an empty one means that the table is throttled
      tried = records.length === 0 && unprocessed.length > 0 ? tried + 1 : 0;
      if (tried > 0) await sleep(Math.min(50 * 2 ** tried, 5000));
    }
    return found;
  }

  /** Creates or replaces the record. */
  async put(record: T): Promise<void> {
    await this.#client.send(new PutCommand({ TableName: this.#table, Item: this.#item(record) }));
  }

  /** Creates a record. If one with its id exists, writes nothing and returns false. */
  async insert(record: T): Promise<boolean> {
    const Item = this.#item(record);
    return wasApplied(
      this.#client.send(
        new PutCommand({ TableName: this.#table, Item, ConditionExpression: 'attribute_not_exists(id)' }),
      ),
    );
  }

  /** Deletes a record. Returns false if there was none. */
  async delete(id: string): Promise<boolean> {
    const { Attributes } = await this.#client.send(
      new DeleteCommand({ TableName: this.#table, Key: { id }, ReturnValues: 'ALL_OLD' }),
    );
    return Attributes !== undefined;
  }

  /**
   * Sets some fields of an existing record if `where` holds. An undefined field keeps its value. In `where`, null also
   * matches a field that an older record doesn't have.
   * @returns false, with nothing written, if `where` doesn't hold.
   */
  async update(id: string, changes: Partial<T>, where: Partial<T> = {}): Promise<boolean> {
    const fields = defined(changes);
    const touched = this.#derived.filter((derived) => derived.fields.some((field) => field in fields));
    const known: Record<string, unknown> = { ...where, ...fields };
    const missing = touched.flatMap((derived) => derived.fields.filter((field) => !(field in known)));
    if (missing.length === 0) return this.#set(id, { ...fields, ...derivedValues(touched, known) }, where);
    // the other fields that the list attributes are computed from must be unchanged when those are written
    for (;;) {
      const before = await this.#fields(id, missing);
      if (before === undefined) return false;
      const all = { ...fields, ...derivedValues(touched, { ...before, ...known }) };
      if (await this.#set(id, all, { ...before, ...where })) return true;
      const after = await this.#fields(id, missing);
      if (after === undefined || missing.every((field) => after[field] === before[field])) return false;
    }
  }

  /**
   * The newest records that match all filters. If one index covers all filters, about as many records are read as are
   * returned. Otherwise at most 1,000 are examined, and a page may have fewer than `limit` records, or none, although
   * it has a cursor. So may a page of records larger than 1 MiB.
   * @throws MalformedRequest for a cursor that this list did not return, and for times in the wrong order.
   */
  async list<F extends Filters<L>, P extends PageRequest>(
    filters: OnlyKnown<Filters<L>, F>,
    request: OnlyKnown<PageRequest, P>,
  ): Promise<Page<T>> {
    const { limit, ...bounds }: PageRequest = request;
    const plan = planList(this.#listed, filters, bounds);
    const page = (items: Record<string, unknown>[], place: unknown): Page<T> => ({
      records: items.map((found) => this.#schema.parse(found)),
      cursor: place === undefined ? undefined : cursorBehind(this.#listed, filters, String(place)),
    });
    const isAnswered = plan.remaining.length === 0;
    const found: Record<string, unknown>[] = [];
    let start = startKey(plan);
    let left = isAnswered ? limit : MAX_EVALUATED;
    for (let next = isAnswered ? limit : FIRST_EVALUATED; ; next *= 2) {
      const evaluated = Math.min(next, left);
      const { Items = [], ScannedCount = 0, LastEvaluatedKey } = await this.#query(plan, start, evaluated);
      found.push(...Items);
      left -= ScannedCount;
      if (found.length > limit) return page(found.slice(0, limit), found[limit - 1]?.[TIME_ATTRIBUTE]);
      // fewer than requested, although this isn't the end: the limit of 1 MiB was reached
      const isFull = found.length === limit || left <= 0 || ScannedCount < evaluated;
      if (LastEvaluatedKey === undefined || isFull) return page(found, LastEvaluatedKey?.[TIME_ATTRIBUTE]);
      start = LastEvaluatedKey;
    }
  }

  /** All records that match all filters, newest first. */
  async *all(filters: Filters<L> = {}, times: Pick<PageRequest, 'since' | 'until'> = {}): AsyncGenerator<T> {
    const known = filters as OnlyKnown<Filters<L>, Filters<L>>;
    let cursor: string | undefined;
    do {
      const page = await this.list(known, { ...times, limit: ALL_PAGE, cursor });
      yield* page.records;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  #query(plan: ListPlan, start: Record<string, unknown> | undefined, limit: number): Promise<QueryCommandOutput> {
    const { index, partition, remaining, from, to } = plan;
    const names: Record<string, string> = { '#partition': index.attribute, '#time': TIME_ATTRIBUTE };
    const wanted: Record<string, string> = { ':partition': partition, ':from': from, ':to': to };
    const conditions = remaining.map(([field, value], position) => {
      names[`#f${position}`] = field;
      wanted[`:f${position}`] = value;
      return `#f${position} = :f${position}`;
    });
    return this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: index.name,
        KeyConditionExpression: '#partition = :partition AND #time BETWEEN :from AND :to',
        ...(conditions.length === 0 ? {} : { FilterExpression: conditions.join(' AND ') }),
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: wanted,
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey: start,
      }),
    );
  }

  /** Sets the fields that have a value, and deletes the undefined ones. */
  async #set(id: string, fields: Record<string, unknown>, where: Record<string, unknown>): Promise<boolean> {
    const names: Record<string, string> = {};
    const given: Record<string, unknown> = {};
    const equal = (side: string) => (entry: [string, unknown], index: number) => {
      names[`#${side}${index}`] = entry[0];
      given[`:${side}${index}`] = entry[1];
      return `#${side}${index} = :${side}${index}`;
    };
    const set = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(equal('f'));
    const remove = Object.keys(fields)
      .filter((field) => fields[field] === undefined)
      .map((field, index) => {
        names[`#r${index}`] = field;
        return `#r${index}`;
      });
    const conditions = [
      'attribute_exists(id)',
      ...Object.entries(where).map((entry, index) => {
        const condition = equal('w')(entry, index);
        return entry[1] === null ? `(${condition} OR attribute_not_exists(#w${index}))` : condition;
      }),
    ];
    return wasApplied(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { id },
          UpdateExpression: `SET ${set.join(', ')}${remove.length === 0 ? '' : ` REMOVE ${remove.join(', ')}`}`,
          ConditionExpression: conditions.join(' AND '),
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: given,
        }),
      ),
    );
  }

  /** The current values of some of a record's fields. */
  async #fields(id: string, fields: string[]): Promise<Record<string, unknown> | undefined> {
    const record = (await this.get(id)) as Record<string, unknown> | undefined;
    return record && Object.fromEntries(fields.map((field) => [field, record[field]]));
  }

  #item(record: T): Record<string, unknown> {
    const fields = defined(record);
    return { ...fields, ...derivedValues(this.#derived, fields) };
  }
}

export const RECORD_ACTIONS: TableActions<RecordTable<TableRecord, ListDefinition>> = {
  get: ['dynamodb:GetItem'],
  getMany: ['dynamodb:BatchGetItem'],
  put: ['dynamodb:PutItem'],
  insert: ['dynamodb:PutItem'],
  delete: ['dynamodb:DeleteItem'],
  // the fields that the list attributes are computed from may have to be read
  update: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
  list: ['dynamodb:Query'],
  all: ['dynamodb:Query'],
};

function defined(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function startKey({ index, partition, after }: ListPlan): Record<string, string> | undefined {
  return after && { [index.attribute]: partition, [TIME_ATTRIBUTE]: after.place, id: after.id };
}
