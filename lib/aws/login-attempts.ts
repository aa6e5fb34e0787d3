import { DeleteCommand, type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { LOGIN_WINDOW_MS, loginWindowStart } from '../domain/login-limit.ts';
import { EXPIRY_ATTRIBUTE } from './session-table.ts';

/** The attribute that is the table's key: `user:<id>` or `address:<address>`, and the window. */
export const ATTEMPTS_KEY = 'source';

/** Attempts to log in by user and by address, counted per window of time. */
export class LoginAttemptsTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Counts one more, and returns how many there are now. */
  async add(source: string, now: Date): Promise<number> {
    const { Attributes } = await this.#client.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: keyOf(source, now),
        UpdateExpression: 'ADD #count :one SET #expiry = :expires',
        ExpressionAttributeNames: { '#count': 'count', '#expiry': EXPIRY_ATTRIBUTE },
        ExpressionAttributeValues: {
          ':one': 1,
          ':expires': Math.ceil((loginWindowStart(now) + 2 * LOGIN_WINDOW_MS) / 1000),
        },
        ReturnValues: 'UPDATED_NEW',
      }),
    );
    return Number(Attributes?.count);
  }

  async clear(source: string, now: Date): Promise<void> {
    await this.#client.send(new DeleteCommand({ TableName: this.#table, Key: keyOf(source, now) }));
  }
}

function keyOf(source: string, now: Date): Record<string, string> {
  return { [ATTEMPTS_KEY]: `${source}#${loginWindowStart(now)}` };
}
