/**
 * Copies of the small data that can't be recovered from elsewhere: the secrets with their key, and the records of
 * connections, storage providers, users, recovery plans and settings. Each change creates another copy, `copies/1`,
 * `copies/2`, …, and the latest ten are kept. Backups aren't included, because scanning their buckets finds them again.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type AttributeValue, type DynamoDBClient, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { replaceFile } from './atomic-file.ts';

const COPIES = 'copies';
const KEPT = 10;
const SECRETS = ['secrets.key', 'secrets.sealed'];
const RECORDS = 'records.json';
/** The environment variables that name the tables of small records. */
const SMALL_TABLES = [
  'CONNECTIONS_TABLE',
  'STORAGE_PROVIDERS_TABLE',
  'USERS_TABLE',
  'RECOVERY_PLANS_TABLE',
  'SETTINGS_TABLE',
] as const;

type Item = Record<string, AttributeValue>;

interface CopiedRecords {
  created_at: string;
  /** Hex SHA-256 of everything that is copied, except what changes with each start. */
  sha256: string;
  /** The items of each table, by the variable that names the table. */
  tables: Record<string, Item[]>;
}

export interface StateCopy {
  number: number;
  createdAt: string;
}

export interface Tables {
  client: DynamoDBClient;
  names: Record<string, string>;
}

/** The intact copies, newest first. */
export function copiesIn(directory: string): StateCopy[] {
  const parent = join(directory, COPIES);
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .flatMap((name) => {
      const records = /^\d+$/.test(name) ? readRecords(join(parent, name)) : undefined;
      return records === undefined ? [] : [{ number: Number(name), createdAt: records.created_at }];
    })
    .toSorted((a, b) => b.number - a.number);
}

/**
 * Makes a copy, unless it would be the same as the newest one.
 * @param secrets their values, except those that change with each start.
 * @param isOwnProvider whether a storage provider is this machine's bucket, whose address changes with each start.
 */
export async function keepCopy(
  directory: string,
  { client, names }: Tables,
  secrets: Record<string, string>,
  isOwnProvider: (item: Item) => boolean,
): Promise<void> {
  const tables: CopiedRecords['tables'] = {};
  for (const setting of SMALL_TABLES) {
    const items: Item[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName: names[setting] })) items.push(...Items);
    tables[setting] = items;
  }
  const lasting = {
    ...tables,
    STORAGE_PROVIDERS_TABLE: tables.STORAGE_PROVIDERS_TABLE?.filter((one) => !isOwnProvider(one)),
  };
  const sha256 = createHash('sha256')
    .update(canonical([lasting, secrets]))
    .digest('hex');
  const parent = join(directory, COPIES);
  const copies = copiesIn(directory);
  const [newest] = copies;
  if (newest !== undefined && readRecords(join(parent, String(newest.number)))?.sha256 === sha256) return;

  const next = join(parent, 'next');
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true, mode: 0o700 });
  const records: CopiedRecords = { created_at: new Date().toISOString(), sha256, tables };
  for (const name of SECRETS) replaceFile(join(next, name), readFileSync(join(directory, name)));
  replaceFile(join(next, RECORDS), JSON.stringify(records));
  renameSync(next, join(parent, String((newest?.number ?? 0) + 1)));
  for (const { number } of copies.slice(KEPT - 1))
    rmSync(join(parent, String(number)), { recursive: true, force: true });
}

/** Waits for the last of several changes in a row. */
const SOON_MS = 10_000;
/** How often to check records, because their changes aren't reported to this class. */
const AT_LEAST_EACH_MS = 3_600_000;

/** Makes copies when they are due. If a copy fails, that is reported, and nothing stops. */
export class StateCopier {
  readonly #copy: () => Promise<void>;
  readonly #hourly: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;
  #copying: Promise<void> = Promise.resolve();

  constructor(copy: () => Promise<void>) {
    this.#copy = copy;
    this.#hourly = setInterval(() => this.#now(), AT_LEAST_EACH_MS).unref();
  }

  soon(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#now(), SOON_MS).unref();
  }

  /** Makes a last copy. */
  async stop(): Promise<void> {
    clearInterval(this.#hourly);
    clearTimeout(this.#soon);
    await this.#now();
  }

  #now(): Promise<void> {
    this.#copying = this.#copying
      .then(() => this.#copy())
      .catch((error: Error) => console.error(`no copy of secrets and settings was made: ${error.message}`));
    return this.#copying;
  }
}

/** Restores the secrets of a copy into the state directory. */
export function copySecretsBack(directory: string, number: number): void {
  for (const name of SECRETS) copyFileSync(join(directory, COPIES, String(number), name), join(directory, name));
}

/**
 * Restores the records of a copy into the tables.
 * @returns the number of records.
 */
export async function putRecordsBack(directory: string, number: number, { client, names }: Tables): Promise<number> {
  const records = readRecords(join(directory, COPIES, String(number)));
  let count = 0;
  for (const [setting, items] of Object.entries(records?.tables ?? {})) {
    for (const Item of items) {
      await client.send(new PutItemCommand({ TableName: names[setting], Item }));
      count += 1;
    }
  }
  return count;
}

function readRecords(copy: string): CopiedRecords | undefined {
  try {
    if (!SECRETS.every((name) => existsSync(join(copy, name)))) return undefined;
    return JSON.parse(readFileSync(join(copy, RECORDS), 'utf8')) as CopiedRecords;
  } catch {
    return undefined;
  }
}

/** Equal content has the same text, whatever its order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).toSorted().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`);
  return `{${entries.toSorted().join()}}`;
}
