import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { wasApplied } from '../../storage/items/conditional-write.ts';
import { BY_TIME, type ListDefinition } from '../../storage/items/list-indexes.ts';
import type { Filters, OnlyKnown } from '../../storage/items/list-plan.ts';
import { type Page, type PageRequest, RECORD_ACTIONS, RecordTable } from '../../storage/items/record-table.ts';
import type { TableActions } from '../../storage/items/table-actions.ts';
import { type StorageProvider, storageProvider } from './model.ts';

export const STORAGE_PROVIDER_LIST = { name: 'storageProviders', indexes: [BY_TIME] } as const satisfies ListDefinition;

/** The item that names the default provider. It is in no index, so it appears in no list. */
const POINTER_ID = 'default';

/**
 * The storage providers. A separate item names the default one, instead of a field in each provider: so there is never
 * more than one default, even if writes are concurrent or interrupted. Each returned record has its current
 * `is_default`.
 */
export class StorageProviderTable extends RecordTable<StorageProvider, typeof STORAGE_PROVIDER_LIST> {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    super(client, table, storageProvider, STORAGE_PROVIDER_LIST);
    this.#client = client;
    this.#table = table;
  }

  /** The default provider, or undefined if there is none. */
  async default(): Promise<StorageProvider | undefined> {
    const id = await this.#defaultId();
    const record = id === undefined ? undefined : await super.get(id);
    return record && { ...record, is_default: true };
  }

  /** Makes a provider the default. Returns false if there is no such provider. */
  async setDefault(id: string): Promise<boolean> {
    if ((await this.get(id)) === undefined) return false;
    await this.#client.send(new PutCommand({ TableName: this.#table, Item: pointer(id) }));
    return true;
  }

  override async get(id: string): Promise<StorageProvider | undefined> {
    if (id === POINTER_ID) return undefined;
    const [record, defaultId] = await Promise.all([super.get(id), this.#defaultId()]);
    return record && { ...record, is_default: record.id === defaultId };
  }

  override async list<F extends Filters<typeof STORAGE_PROVIDER_LIST>, P extends PageRequest>(
    filters: OnlyKnown<Filters<typeof STORAGE_PROVIDER_LIST>, F>,
    page: OnlyKnown<PageRequest, P>,
  ): Promise<Page<StorageProvider>> {
    const [{ records, cursor }, defaultId] = await Promise.all([super.list(filters, page), this.#defaultId()]);
    return { records: records.map((record) => ({ ...record, is_default: record.id === defaultId })), cursor };
  }

  /** Creates or replaces the record. It becomes the default if it says so, or if there is no other. */
  override async put(record: StorageProvider): Promise<void> {
    await this.#claim(record.id);
    await super.put({ ...record, is_default: false });
    if (record.is_default) await this.setDefault(record.id);
  }

  /** Writes a new record. It becomes the default if it says so, or if there is no other. */
  override async insert(record: StorageProvider): Promise<boolean> {
    await this.#claim(record.id);
    if (!(await super.insert({ ...record, is_default: false }))) return false;
    if (record.is_default) await this.setDefault(record.id);
    return true;
  }

  /** Sets some fields, but not `is_default`: see setDefault. */
  override async update(
    id: string,
    { is_default: _, ...changes }: Partial<StorageProvider>,
    where: Partial<StorageProvider> = {},
  ): Promise<boolean> {
    if (Object.values(changes).every((value) => value === undefined)) return (await this.get(id)) !== undefined;
    return super.update(id, changes, where);
  }

  override async delete(id: string): Promise<boolean> {
    if (id === POINTER_ID) return false;
    const wasThere = await super.delete(id);
    await wasApplied(
      this.#client.send(
        new DeleteCommand({
          TableName: this.#table,
          Key: { id: POINTER_ID },
          ConditionExpression: 'provider_id = :id',
          ExpressionAttributeValues: { ':id': id },
        }),
      ),
    );
    return wasThere;
  }

  /** Makes a provider that is about to be written the default if there is none, or if the default no longer exists. */
  async #claim(id: string): Promise<void> {
    const before = await this.#defaultId();
    if (before !== undefined && (await super.get(before)) !== undefined) return;
    await wasApplied(
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: pointer(id),
          ConditionExpression: before === undefined ? 'attribute_not_exists(id)' : 'provider_id = :before',
          ...(before === undefined ? {} : { ExpressionAttributeValues: { ':before': before } }),
        }),
      ),
    );
  }

  async #defaultId(): Promise<string | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { id: POINTER_ID }, ConsistentRead: true }),
    );
    return Item?.provider_id;
  }
}

/** Most methods also read or write the item that names the default provider. */
export const STORAGE_PROVIDER_ACTIONS: TableActions<StorageProviderTable> = {
  ...RECORD_ACTIONS,
  default: ['dynamodb:GetItem'],
  setDefault: ['dynamodb:GetItem', 'dynamodb:PutItem'],
  put: ['dynamodb:GetItem', 'dynamodb:PutItem'],
  insert: ['dynamodb:GetItem', 'dynamodb:PutItem'],
  list: ['dynamodb:GetItem', 'dynamodb:Query'],
  all: ['dynamodb:GetItem', 'dynamodb:Query'],
};

function pointer(providerId: string): { id: string; provider_id: string } {
  return { id: POINTER_ID, provider_id: providerId };
}
