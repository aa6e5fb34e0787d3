import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { z } from 'zod';
import { decodeCursor, encodeCursor, foreignCursor } from '../domain/cursor.ts';

/** The index that lists a table's records by time; all of them are in one partition of it. */
export const BY_TIME_INDEX = 'by-time';
export const LIST_ATTRIBUTE = 'list';
export const TIME_ATTRIBUTE = 'listed_at';
const ALL = 'all';
/** `<created_at>#<id>` */
const PLACE = /^[\dTZ:.-]+#([\da-f-]{36})$/;

interface TableRecord {
  id: string;
  created_at: string;
}

export interface Page<T> {
  records: T[];
  /** Where the next page begins; undefined on the last. */
  cursor: string | undefined;
}

/** One table of records with a UUID as key. What the schema does not know is stored, but never comes out. */
export class RecordTable<T extends TableRecord> {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #schema: z.ZodType<T>;

  constructor(client: DynamoDBDocumentClient, table: string, schema: z.ZodType<T>) {
    this.#client = client;
    this.#table = table;
    this.#schema = schema;
  }

  /** The record as it is now (a consistent read). */
  async get(id: string): Promise<T | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { id }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : this.#schema.parse(Item);
  }

  /** Writes the record, over one with its id if there is one. */
  async put(record: T): Promise<void> {
    await this.#client.send(new PutCommand({ TableName: this.#table, Item: item(record) }));
  }

  /** Writes a new record. Returns false, and writes nothing, when there is one with its id. */
  async insert(record: T): Promise<boolean> {
    return happened(
      this.#client.send(
        new PutCommand({ TableName: this.#table, Item: item(record), ConditionExpression: 'attribute_not_exists(id)' }),
      ),
    );
  }

  /**
   * Sets some fields of a record that is there and of which `where` holds.
   * @returns false, and nothing is written, when it is not so.
   */
  async update(id: string, fields: Partial<T>, where: Partial<T> = {}): Promise<boolean> {
    const names: Record<string, string> = {};
    const values: Record<string, unknown> = {};
    const equal = (side: string) => (entry: [string, unknown], index: number) => {
      names[`#${side}${index}`] = entry[0];
      values[`:${side}${index}`] = entry[1];
      return `#${side}${index} = :${side}${index}`;
    };
    const set = Object.entries(fields).map(equal('f'));
    const conditions = ['attribute_exists(id)', ...Object.entries(where).map(equal('w'))];
    return happened(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { id },
          UpdateExpression: `SET ${set.join(', ')}`,
          ConditionExpression: conditions.join(' AND '),
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: values,
        }),
      ),
    );
  }

  /** The newest records first. */
  async page(limit: number, cursor?: string): Promise<Page<T>> {
    const { Items = [], LastEvaluatedKey } = await this.#client.send(
      new QueryCommand({
        TableName: this.#table,
        IndexName: BY_TIME_INDEX,
        KeyConditionExpression: '#list = :all',
        ExpressionAttributeNames: { '#list': LIST_ATTRIBUTE },
        ExpressionAttributeValues: { ':all': ALL },
        ScanIndexForward: false,
        Limit: limit,
        ...(cursor === undefined ? {} : { ExclusiveStartKey: startKey(cursor) }),
      }),
    );
    return {
      records: Items.map((found) => this.#schema.parse(found)),
      cursor: LastEvaluatedKey === undefined ? undefined : encodeCursor({ at: LastEvaluatedKey[TIME_ATTRIBUTE] }),
    };
  }

  /** Every record, newest first. */
  async *all(): AsyncGenerator<T> {
    let cursor: string | undefined;
    do {
      const page = await this.page(200, cursor);
      yield* page.records;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }
}

function item(record: TableRecord): Record<string, unknown> {
  return { ...record, [LIST_ATTRIBUTE]: ALL, [TIME_ATTRIBUTE]: `${record.created_at}#${record.id}` };
}

/** A record's key follows from its place in the index, so the cursor holds no more than that place. */
function startKey(cursor: string): Record<string, string> {
  const { at = '' } = decodeCursor(cursor);
  const id = PLACE.exec(at)?.[1];
  if (id === undefined) throw foreignCursor();
  return { [LIST_ATTRIBUTE]: ALL, [TIME_ATTRIBUTE]: at, id };
}

async function happened(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
