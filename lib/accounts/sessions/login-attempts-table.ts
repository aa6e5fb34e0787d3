import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { wasApplied } from '../../storage/items/conditional-write.ts';
import type { TableActions } from '../../storage/items/table-actions.ts';
import { type Attempts, FORGET_MS } from './login-limit.ts';
import { EXPIRY_ATTRIBUTE } from './session-table.ts';

/** The table's key attribute; see attemptsKey. */
export const ATTEMPTS_KEY = 'source';

/** Attempts to log in, by address and user name. */
export class LoginAttemptsTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(key: string): Promise<Attempts | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { [ATTEMPTS_KEY]: key }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : { failures: Number(Item.failures), next_at: Number(Item.next_at) };
  }

  /** Writes the new state if nothing has changed since it was read. Otherwise returns false, and writes nothing. */
  async replace(key: string, before: Attempts | undefined, now: Attempts): Promise<boolean> {
    return wasApplied(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#table,
          Key: { [ATTEMPTS_KEY]: key },
          UpdateExpression: 'SET failures = :failures, next_at = :next, #expiry = :expires',
          ConditionExpression:
            before === undefined
              ? 'attribute_not_exists(failures)'
              : 'failures = :seenFailures AND next_at = :seenNext',
          ExpressionAttributeNames: { '#expiry': EXPIRY_ATTRIBUTE },
          ExpressionAttributeValues: {
            ':failures': now.failures,
            ':next': now.next_at,
            ':expires': Math.ceil((now.next_at + FORGET_MS) / 1000),
            ...(before === undefined ? {} : { ':seenFailures': before.failures, ':seenNext': before.next_at }),
          },
        }),
      ),
    );
  }
}

export const LOGIN_ATTEMPTS_ACTIONS: TableActions<LoginAttemptsTable> = {
  get: ['dynamodb:GetItem'],
  replace: ['dynamodb:UpdateItem'],
};
