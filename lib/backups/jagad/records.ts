/**
 * Jagad's own records, as its API returns them and as other tools list them. Fields that aren't needed here are
 * ignored. Jagad leaves out fields without a value. The limits are those of our own records, because an import can't
 * store more than they allow.
 */
import { z } from 'zod';
import { dbType, physicalEngine } from '../../databases/names.ts';
import { issuesOf } from '../../errors/issues.ts';
import { stanzaName } from '../../formats/pgbackrest/stanza.ts';
import { id } from '../../storage/fields.ts';
import { endpointUrl } from '../../storage/objects/storage-endpoint.ts';
import { backup } from '../model.ts';

/** A time with the UTC offset of Jagad's process, and up to nine digits of a second. */
const time = z.iso.datetime({ offset: true });
const text = (longest: number) => z.string().min(1).max(longest);
/** Jagad may send an empty text if there is no value. */
const none = z.literal('');

/** A record of `GET /api/connections/{id}/databases`. A dropped database stays in that list. */
export const jagadDatabase = z.object({ id, db_name: text(64) });

/** A record of `GET /api/connections`. Names aren't unique. */
export const jagadConnection = z.object({
  id,
  name: text(200),
  db_type: dbType,
  host: text(255),
  port: z.number().int().min(1).max(65535),
  username: text(128),
  ssl_mode: z.string().max(32).nullish(),
  created_at: time.nullish(),
  /** Later than `created_at` once someone has edited the connection: it may then point to another server. */
  updated_at: time.nullish(),
  /** From another call: `GET /api/connections/{id}/databases`. */
  databases: z.array(jagadDatabase).max(10_000).nullish(),
});

/** A record of `GET /api/storage-providers`. Jagad masks the secret key, so it isn't read. */
export const jagadStorageProvider = z.object({
  id,
  name: text(200),
  /** May be any text: stores of unknown types use the S3 API too. */
  provider_type: z.string().max(32).nullish(),
  /** `host:port` without a scheme, because Jagad always uses TLS. Empty or missing on AWS. */
  endpoint: z
    .string()
    .max(1024)
    .refine((endpoint) => endpoint === '' || URL.canParse(endpointUrl(endpoint)), 'must be a URL, or host:port')
    .nullish(),
  region: z.string().max(64).nullish(),
  bucket: z.string().min(3).max(255),
  access_key: z.string().max(256).nullish(),
  path_style: z.boolean().nullish(),
  is_default: z.boolean().nullish(),
  created_at: time.nullish(),
  updated_at: time.nullish(),
});

/** A record of `GET /api/backups`. */
export const jagadBackup = z.object({
  id,
  connection_id: id,
  /** Jagad's backups don't name their database. The connection's databases have the name. */
  database_id: z.union([id, none]).nullish(),
  /** `incremental` for every physical backup, although Jagad only makes full ones. */
  backup_type: z.enum(['full', 'incremental']),
  /** A backup stays `running` forever if Jagad was killed during it. */
  status: z.enum(['running', 'success', 'failed']),
  /** Empty while the backup runs, and for a physical backup that failed. */
  storage_path: z.string().max(1024),
  storage_provider_id: z.union([id, none]).nullish(),
  /** The size of the dump before gzip. Physical backups don't have it. */
  size_bytes: z.number().int().nonnegative().nullish(),
  /** SHA-256 of the gzip before encryption. Only encrypted backups have it. */
  checksum: z.union([z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex'), none]).nullish(),
  duration_ms: z.number().int().nonnegative().nullish(),
  completed_at: time.nullish(),
  created_at: time.nullish(),

  /** Jagad never sends the fields from here on. For a physical backup, this is the tool that made it. */
  engine: z.union([physicalEngine, none]).nullish(),
  /** For an incremental backup, the backup that it builds on. Both names are accepted. */
  parent_id: z.union([id, none]).nullish(),
  parent_backup_id: z.union([id, none]).nullish(),
  label: z.string().max(200).nullish(),
  stanza: z.union([stanzaName, none]).nullish(),
  from_lsn: z.string().max(200).nullish(),
  to_lsn: z.string().max(200).nullish(),
  server_version: z.string().max(200).nullish(),
  encryption_algo: z.union([backup.shape.encryption_algo, none]).optional(),
  encryption_key_id: z.string().max(64).nullish(),
  log_output: z.string().nullish(),
  started_at: time.nullish(),
});

export type JagadDatabase = z.output<typeof jagadDatabase>;
export type JagadConnection = z.output<typeof jagadConnection>;
export type JagadStorageProvider = z.output<typeof jagadStorageProvider>;
export type JagadBackup = z.output<typeof jagadBackup>;

export const JAGAD_KINDS = ['connection', 'database', 'storage_provider', 'backup'] as const;

/** A record that can't be imported as it is. */
export interface UnreadableRecord {
  kind: (typeof JAGAD_KINDS)[number];
  /** Its id, if it has one. */
  id?: string;
  reason: string;
}

/** What a running Jagad lists. */
export interface JagadLists {
  connections: (JagadConnection & { databases: JagadDatabase[] })[];
  storage_providers: JagadStorageProvider[];
  /** Newest first. */
  backups: JagadBackup[];
  unreadable: UnreadableRecord[];
  warnings: string[];
}

/** @returns the valid records, and the reason why each of the others is invalid. */
export function readRecords<Schema extends z.ZodType>(
  kind: UnreadableRecord['kind'],
  schema: Schema,
  raw: readonly unknown[],
): { records: z.output<Schema>[]; unreadable: UnreadableRecord[] } {
  const records: z.output<Schema>[] = [];
  const unreadable: UnreadableRecord[] = [];
  for (const one of raw) {
    const read = schema.safeParse(one);
    if (read.success) records.push(read.data);
    else unreadable.push({ kind, ...idIn(one), reason: issuesOf(read.error) });
  }
  return { records, unreadable };
}

const LONGEST_ID = 100;

/** The id in a record, whether or not the record can be read. */
export function idIn(record: unknown): { id?: string } {
  const { id } = (typeof record === 'object' && record !== null ? record : {}) as { id?: unknown };
  return typeof id === 'string' && id !== '' ? { id: id.slice(0, LONGEST_ID).toLowerCase() } : {};
}
