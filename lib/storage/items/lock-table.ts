import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { wasApplied } from './conditional-write.ts';
import type { TableActions } from './table-actions.ts';

/** The key attribute of the locks table. */
export const LOCK_KEY = 'target';

export interface Lock {
  target: string;
  restore_id: string;
  /** ISO 8601. */
  taken_at: string;
  /** What the holder found out before it took the lock, as JSON, for the code that continues its work. */
  found?: string | undefined;
}

/**
 * Which restore may write to which target: only one at a time. Locks are never deleted. A lock is void once its restore
 * has ended.
 */
export class LockTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(target: string): Promise<Lock | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { [LOCK_KEY]: target }, ConsistentRead: true }),
    );
    return Item as Lock | undefined;
  }

  /**
   * Takes the lock if it is free, or still held by `from`.
   * @returns false if another restore has it.
   */
  async take(lock: Lock, from: string = lock.restore_id): Promise<boolean> {
    return wasApplied(
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: lock,
          ConditionExpression: 'attribute_not_exists(#key) OR restore_id = :from',
          ExpressionAttributeNames: { '#key': LOCK_KEY },
          ExpressionAttributeValues: { ':from': from },
        }),
      ),
    );
  }
}

export const LOCK_ACTIONS: TableActions<LockTable> = { get: ['dynamodb:GetItem'], take: ['dynamodb:PutItem'] };

export interface Locks {
  locks: LockTable;
}
