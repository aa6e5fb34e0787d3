import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import type { TableActions } from '../../storage/items/table-actions.ts';
import { type Session, session } from '../model.ts';

export const BY_USER_INDEX = 'by-user';
export const USER_ATTRIBUTE = 'user_id';
/** Seconds since 1970; DynamoDB removes items some time after it. */
export const EXPIRY_ATTRIBUTE = 'expires';

/** Sessions, stored under the hash of their token. */
export class SessionTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** An expired session may still be in the table. */
  async get(id: string): Promise<Session | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { id }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : session.parse(Item);
  }

  async put(record: Session): Promise<void> {
    const expires = Math.ceil(Date.parse(record.expires_at) / 1000);
    await this.#client.send(
      new PutCommand({ TableName: this.#table, Item: { ...record, [EXPIRY_ATTRIBUTE]: expires } }),
    );
  }

  async delete(id: string): Promise<void> {
    await this.#client.send(new DeleteCommand({ TableName: this.#table, Key: { id } }));
  }

  /** Ends all sessions of a user, or all except one. */
  async deleteOf(userId: string, keep?: string): Promise<void> {
    let start: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.#table,
          IndexName: BY_USER_INDEX,
          KeyConditionExpression: '#user = :user',
          ExpressionAttributeNames: { '#user': USER_ATTRIBUTE },
          ExpressionAttributeValues: { ':user': userId },
          ExclusiveStartKey: start,
        }),
      );
      for (const { id } of Items) if (id !== keep) await this.delete(id as string);
      start = LastEvaluatedKey;
    } while (start !== undefined);
  }
}

export const SESSION_ACTIONS: TableActions<SessionTable> = {
  get: ['dynamodb:GetItem'],
  put: ['dynamodb:PutItem'],
  delete: ['dynamodb:DeleteItem'],
  deleteOf: ['dynamodb:Query', 'dynamodb:DeleteItem'],
};
