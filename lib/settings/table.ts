import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { TableActions } from '../storage/items/table-actions.ts';
import { type Settings, settings } from './model.ts';

const KEY = { id: 'settings' };

/** The single item with the settings that administrators have changed. All others have their defaults. */
export class SettingsTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async get(): Promise<Settings> {
    const { Item = {} } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: KEY, ConsistentRead: true }),
    );
    return settings.parse(Item);
  }

  async update(fields: Partial<Settings>): Promise<void> {
    const entries = Object.entries(fields);
    if (entries.length === 0) return;
    await this.#client.send(
      new UpdateCommand({
        TableName: this.#table,
        Key: KEY,
        UpdateExpression: `SET ${entries.map((_, index) => `#f${index} = :f${index}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(entries.map(([name], index) => [`#f${index}`, name])),
        ExpressionAttributeValues: Object.fromEntries(entries.map(([, value], index) => [`:f${index}`, value])),
      }),
    );
  }
}

export const SETTINGS_ACTIONS: TableActions<SettingsTable> = {
  get: ['dynamodb:GetItem'],
  update: ['dynamodb:UpdateItem'],
};

export interface SettingsTables {
  settings: SettingsTable;
}
