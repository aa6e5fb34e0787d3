import { z } from 'zod';
import { pgbackrestInfo } from '../catalogue/pgbackrest-info.ts';
import { stanzaName } from '../physical/stanza.ts';
import { backup, dbType, id, physicalEngine } from '../records.ts';
import { right } from '../rights.ts';
import { zonedTime } from '../zoned-time.ts';
import { timedListQuery } from './common.ts';

export const backupListQuery = timedListQuery.extend({
  connection_id: id.optional(),
  database_name: z.string().min(1).max(64).optional(),
  status: backup.shape.status.optional(),
  verify_status: backup.shape.verify_status.optional(),
});

const storagePath = z.string().min(1).max(1024);
const checksum = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');

/** Registers an object that lies in a provider's bucket. What is not given is read from the object and its key. */
export const newBackupBody = z.strictObject({
  /** By default the connection that the key names. */
  connection_id: id.optional(),
  /** By default the database that the key names. */
  database_name: z.string().min(1).max(64).optional(),
  storage_path: storagePath,
  /** By default the default one. */
  storage_provider_id: id.nullish(),
  size_bytes: z.number().int().nonnegative().nullish(),
  checksum: checksum.nullish(),
  encryption_key_id: z.string().max(64).nullish(),
  completed_at: zonedTime.nullish(),
});

/** An empty text is Jagad's way to say null. */
const none = z.literal('');
const jagadChecksum = z.union([checksum, none]).nullish();
const jagadText = z.string().max(200).nullish();
const jagadTime = z.iso.datetime({ offset: true }).nullish();

/** One of Jagad's `GET /api/connections`: what is of no use here is passed over. */
export const jagadConnection = z.object({
  id,
  name: z.string().min(1).max(200),
  db_type: dbType,
  host: z.string().min(1).max(255),
  port: z.number().int().min(1).max(65535),
  username: z.string().min(1).max(128),
  ssl_mode: z.string().max(32).nullish(),
  databases: z
    .array(z.object({ id, db_name: z.string().min(1).max(64) }))
    .max(10_000)
    .nullish(),
});

/** One of Jagad's `GET /api/backups`. */
export const jagadBackup = z.object({
  id,
  connection_id: id,
  database_id: id.nullish(),
  backup_type: z.enum(['full', 'incremental']),
  status: z.enum(['running', 'success', 'failed']),
  /** Of a physical one, what it was made with; by default what its storage_path begins with. */
  engine: z.union([physicalEngine, none]).nullish(),
  /** Of an incremental one, the backup that it goes on from, under either name. */
  parent_id: z.union([id, none]).nullish(),
  parent_backup_id: z.union([id, none]).nullish(),
  label: jagadText,
  stanza: z.union([stanzaName, none]).nullish(),
  from_lsn: jagadText,
  to_lsn: jagadText,
  server_version: jagadText,
  storage_path: z.string().max(1024),
  size_bytes: z.number().int().nonnegative().nullish(),
  encryption_key_id: z.string().max(64).nullish(),
  checksum: jagadChecksum,
  log_output: z.string().nullish(),
  started_at: jagadTime,
  completed_at: jagadTime,
  created_at: jagadTime,
});

export const importBody = z.strictObject({
  storage_provider_id: id,
  connections: z.array(jagadConnection).max(10_000).default([]),
  backups: z.array(jagadBackup).max(10_000).default([]),
  /** What pgBackRest itself knows of the backups in its repositories. */
  pgbackrest_info: z
    .array(
      z.strictObject({
        connection_id: id,
        /** Where in the bucket the repository lies: `pgbackrest/<connection>/<stanza>`. */
        storage_path: storagePath,
        /** What `pgbackrest info --output=json` prints, or what of it is of one stanza. */
        info: z.union([pgbackrestInfo, z.array(pgbackrestInfo).max(100)]),
      }),
    )
    .max(100)
    .default([]),
});

export const importAnswer = z.object({
  connections: z.object({ created: z.number(), known: z.number() }),
  backups: z.object({
    created: z.number(),
    filled: z.number(),
    known: z.number(),
    left: z.number().describe('not reached in the time that a call has: send the same again'),
  }),
  /** Backups that were not taken, or not as Jagad tells them, and why. */
  skipped: z.array(z.object({ id, reason: z.string() })),
  /** The job that verifies what is new; null where nothing is, or the settings say not to. */
  verification_job: id.nullable(),
});
export type ImportAnswer = z.infer<typeof importAnswer>;

export const verifyAnswer = z.object({ status: z.literal('verifying'), backup_id: id });
export const logsAnswer = z.object({ status: z.string(), log_output: z.string() });

const whole = z.number().int().nonnegative();

export const previewAnswer = z.object({
  backup_id: id,
  target: z.object({ connection_id: id, name: z.string(), host: z.string(), port: z.number(), database: z.string() }),
  object: z.object({
    path: z.string(),
    bytes: whole.nullable().describe('as it lies in the bucket; null where it could not be read'),
    encrypted: z.boolean().nullable(),
    server_version: z.string().nullable().describe('of the server that was dumped, where the dump says so'),
  }),
  server_version: z.string().nullable().describe('of the target; null where it could not be reached'),
  database_exists: z.boolean().nullable(),
  overwritten: z.object({
    exact: z
      .boolean()
      .describe(
        'false where the dump does not say which tables it replaces: then all tables of the database are listed',
      ),
    tables: z
      .array(z.object({ name: z.string(), rows_estimated: whole, bytes: whole }))
      .describe('the largest 500; the sums are of all'),
    table_count: whole,
    rows_estimated: whole,
    bytes: whole,
  }),
  connected: z
    .array(z.object({ user: z.string(), application: z.string(), address: z.string().nullable() }))
    .describe('sessions in the target database, at most 500'),
  rights: z.array(right),
  extensions: z.array(
    z.object({
      name: z.string(),
      available: z.boolean().nullable().describe('null where the target could not be reached'),
    }),
  ),
  obstacles: z
    .array(z.string())
    .describe(
      'in words, such as: view sales.report depends on table sales.orders; with one of them, a restore does not start or fails',
    ),
  warnings: z.array(z.string()),
});
export type Preview = z.infer<typeof previewAnswer>;
