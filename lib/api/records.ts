/** The resources of the API, as stored and as answered: JSON, snake_case, UUID ids, ISO 8601 UTC times. */
import { z } from 'zod';
import { recoveryTarget, timelineField } from '../engines/physical/recovery-target.ts';
import { tables } from '../engines/table-states.ts';
import { TARGET_STATES } from '../restores/end/target-state.ts';

export const DB_TYPES = ['postgresql', 'mysql', 'mariadb'] as const;
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export const RESTORE_STATUSES = ['running', 'success', 'failed', 'cancelled'] as const;
export const PROVIDER_TYPES = ['s3', 'r2', 'minio', 'gcs', 'b2', 's3-compat'] as const;
export const TRIGGERS = ['api', 'event', 'console'] as const;

export const id = z.uuid();
const time = z.iso.datetime();
const bytes = z.number().int().nonnegative();
const duration = z.number().int().nonnegative().nullable();

export const dbType = z.enum(DB_TYPES);

/** A database server. Its password is in a secret: `secret_arn` names an existing one, else it is ours by the id. */
export const connection = z.object({
  id,
  name: z.string().min(1).max(200),
  db_type: dbType,
  host: z.string().min(1).max(255),
  port: z.number().int().min(1).max(65535),
  username: z.string().min(1).max(128),
  secret_arn: z.string().nullable().default(null),
  ssl_mode: z.enum(SSL_MODES).default('prefer'),
  ca_bundle: z.string().nullable().default(null),
  event_restore_allowed: z.boolean().default(false),
  /** Of postgresql: whether what a dump runs while it is loaded may have all of the login's rights; by events it never has. */
  trusted: z.boolean().default(false),
  /** Of its backups, only those that are encrypted are verified and restored. */
  encrypted_only: z.boolean().default(false),
  /** Of mysql and mariadb: where in the bucket of its backups its binary logs are archived, as they lie in the server's directory. */
  binlog_prefix: z.string().nullable().default(null),
  /**
   * When Jagad's own record of the server was last changed, as far as an import told; null if it never was. Jagad doesn't
   * say what was changed: a backup from before may be of another server.
   */
  jagad_changed_at: time.nullable().default(null),
  /** `host:port` as Jagad had it at the last import: another one means that it was moved. */
  jagad_address: z.string().nullable().default(null),
  created_at: time,
  updated_at: time,
});

/**
 * Who says which connection a backup is of: Jagad's own record, the object's key (a guess: names are used again), or a
 * person who named the connection.
 */
export const CONNECTION_SOURCES = ['jagad', 'key', 'you'] as const;
export const connectionSource = z.enum(CONNECTION_SOURCES);

export const storageProvider = z.object({
  id,
  name: z.string().min(1).max(200),
  provider_type: z.enum(PROVIDER_TYPES),
  /** Null means AWS's own endpoint of the region. */
  endpoint: z.url().nullable().default(null),
  region: z.string().min(1).default('us-east-1'),
  bucket: z.string().min(3).max(255),
  /** Null means the task's own role, on AWS. The secret key is in a secret by the provider's id. */
  access_key: z.string().nullable().default(null),
  path_style: z.boolean().default(false),
  /** PEM: whom to trust besides what the machine trusts, for a store with a certificate of one's own. */
  ca_bundle: z.string().nullable().default(null),
  is_default: z.boolean().default(false),
  /** False for one that an import brought, as Jagad never gives the secret key of an access key, until it is set. */
  secret_key_set: z.boolean().default(true),
  /** The ids of Jagad's storage providers that it stands for. */
  jagad_ids: z.array(id).default([]),
  created_at: time,
});

/** What writes physical backups: copies of a whole server's files. */
export const PHYSICAL_ENGINES = ['pgbackrest', 'mariabackup', 'xtrabackup'] as const;
export const physicalEngine = z.enum(PHYSICAL_ENGINES);
export type PhysicalEngine = z.infer<typeof physicalEngine>;

export const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

export const backup = z.object({
  id,
  connection_id: id,
  /** A record without it is from before it was kept, and taken for a guess. */
  connection_source: connectionSource.default('key'),
  /** Never empty: it is the key of an index. */
  database_name: z.string().min(1),
  db_type: dbType,
  backup_type: z.enum(['full', 'incremental']),
  /** Of a physical backup, full or incremental, what it was made with; null for a dump. */
  engine: physicalEngine.nullable().default(null),
  /** Of an incremental one, the backup that it goes on from; null if that is not known. */
  parent_id: id.nullable().default(null),
  /** pgBackRest's name of the backup in its repository, such as `20261122-020000F_20261122-030000I`, and of the server in it. */
  label: z.string().nullable().default(null),
  stanza: z.string().nullable().default(null),
  /** The log sequence numbers from and to which it holds changes: decimal of InnoDB, `0/2000028` of PostgreSQL. */
  from_lsn: z.string().nullable().default(null),
  to_lsn: z.string().nullable().default(null),
  /** The first and last WAL segments that it needs to be consistent, of pgBackRest. */
  wal_start: z.string().nullable().default(null),
  wal_stop: z.string().nullable().default(null),
  /** Version of the server that was copied, as far as it is known: `15`, `10.11.19-MariaDB`. */
  server_version: z.string().nullable().default(null),
  status: z.enum(['running', 'success', 'failed']),
  storage_provider_id: id.nullable(),
  /** The object's key; of pgBackRest, the repository's path. */
  storage_path: z.string(),
  /** What lies in the bucket. */
  object_bytes: bytes.nullable(),
  /** The dump before gzip. */
  size_bytes: bytes.nullable(),
  encryption_algo: z.literal('AES-256-GCM').nullable(),
  encryption_key_id: z.string().nullable(),
  /** Hex SHA-256 of the compressed, unencrypted bytes. */
  checksum: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  verify_status: z.enum(['pending', 'verifying', 'passed', 'failed']),
  verified_at: time.nullable(),
  verify_error: z.string().nullable(),
  /** The version of the object that passed. */
  verified_etag: z.string().nullable().default(null),
  /** How far a verification under way is. */
  verify_progress: z.object({ bytes_done: bytes, bytes_total: bytes }).nullable().default(null),
  /** The last attempt to verify it, if that could not find out whether its bytes are sound: the verdict before it stands. */
  verify_attempt: z.object({ at: time, error: failure }).nullable().default(null),
  /** What the last import found odd about it. */
  warnings: z.array(z.string()).default([]),
  /** What Jagad's own log of the backup says; answered by a call of its own. */
  log_output: z.string().default(''),
  started_at: time.nullable(),
  completed_at: time.nullable(),
  created_at: time,
});
/** As lists and single backups are answered. */
export const publicBackup = backup.omit({ log_output: true });

/**
 * While it spools, the backup is written to the task's disk; a physical one is prepared there (the chain's changes put
 * together) and replays its logs up to the point that was asked for.
 */
export const STAGES = ['validating', 'verifying', 'spooling', 'preparing', 'replaying', 'restoring', 'done'] as const;
export const progress = z.object({ stage: z.enum(STAGES), bytes_done: bytes, bytes_total: bytes });

export const restore = z.object({
  id,
  backup_id: id,
  /** A connection's id; null means the backup's own. */
  target_connection: id.nullable(),
  target_database: z.string().nullable(),
  status: z.enum(RESTORE_STATUSES),
  trigger: z.enum(TRIGGERS),
  warnings: z.array(z.string()),
  error: failure.nullable(),
  progress: progress.nullable(),
  /** Null in records that are older than this field. */
  target_state: z.enum(TARGET_STATES).nullable().default(null),
  /** Null before the first write, in older records and in lists, and if none are known. */
  tables: tables.nullable().default(null),
  duration_ms: z.number().int().nonnegative().nullable(),
  log_output: z.string(),
  execution_arn: z.string().nullable(),
  /** What was found sound, and is restored: this version and no other. The hash is null if nothing was verified. */
  verified: z.object({ etag: z.string(), sha256: z.string().nullable() }).nullable().default(null),
  /** The size that was asked for its task on AWS, 1024 CPU units to a vCPU, and the price that this was estimated at. */
  task: z
    .object({
      cpu_units: z.number().int().positive(),
      memory_mib: z.number().int().positive(),
      disk_gib: z.number().int().positive(),
      estimated_cost_usd: z.number().nonnegative(),
    })
    .nullable()
    .default(null),
  /** Of a physical backup: what is taken out of it, and how. */
  recovery: z
    .object({
      /** The restores of one request, which one task does, in order. The first one's id is the execution's name. */
      restore_ids: z.array(id).min(1),
      source_database: z.string(),
      target: recoveryTarget,
      /** Of pgBackRest, the timeline that the log is followed along to a point; null of the backup's own state, and until it is chosen. */
      timeline: timelineField.nullable().default(null),
      /** How far recovery of the copy got, as the server says; null until then. */
      reached: z.string().nullable(),
      /** Where the time of the request's task went; the load is this database's own. */
      timings: z.object({ download_ms: duration, prepare_ms: duration, replay_ms: duration, load_ms: duration }),
    })
    .nullable()
    .default(null),
  /** Who asked to stop it. */
  cancelled_by: z.string().nullable().default(null),
  /** When its task had stopped; null while one may be writing. */
  task_stopped_at: time.nullable().default(null),
  /** The one task that may write to the target, see restore-claim.ts: its ARN, or its process on one machine. */
  claimed_by: z.string().nullable().default(null),
  /** When that task last wrote here: every 10 s at least. */
  worker_seen_at: time.nullable().default(null),
  /** When that task was asked to stop, as its execution had ended without it. */
  stop_asked_at: time.nullable().default(null),
  started_at: time,
  completed_at: time.nullable(),
  created_at: time,
  /** The connection that it writes to, the backup's own too. It is missing if that isn't known, and in old records of those. */
  to_connection: id.optional(),
});

/** What takes longer than a call may: watched until it has ended. */
export const job = z.object({
  id,
  /** `scan` looks for backups in a bucket; `verification` verifies the new ones that a scan or an import has brought. */
  kind: z.enum(['scan', 'verification']),
  /** What it works on: the storage provider. */
  subject_id: id,
  status: z.enum(['running', 'success', 'failed']),
  /** What it has counted so far. */
  counts: z.record(z.string(), z.number()),
  /** Of a scan: backups that were passed over as it is not clear which connection they are of; only the first names. */
  skipped: z.array(z.object({ connection_name: z.string(), reason: z.string(), objects: z.number() })).default([]),
  /** The job that goes on with what this one found. */
  follow_up: id.nullable().default(null),
  /** More came while it was at work: it must look once more before it may end. */
  again: z.boolean().default(false),
  error: z.string().nullable(),
  created_at: time,
  completed_at: time.nullable(),
});
/** As it is answered. */
export const publicJob = job.omit({ again: true });
export type Job = z.infer<typeof job>;

/** What an administrator may set for the whole service. */
export const settings = z.object({
  /** Whether a backup is verified as it enters the catalogue. */
  verify_new_backups: z.boolean().default(true),
  /** Whether tables that a restore has made get statistics (ANALYZE), so that the first queries on them aren't slow. */
  analyze_after_restore: z.boolean().default(true),
});
export type Settings = z.infer<typeof settings>;

export type DbType = z.infer<typeof dbType>;
export type SslMode = (typeof SSL_MODES)[number];
export type Connection = z.infer<typeof connection>;
export type StorageProvider = z.infer<typeof storageProvider>;
export type Backup = z.infer<typeof backup>;
export type Progress = z.infer<typeof progress>;
export type Restore = z.infer<typeof restore>;
export type RestoreStatus = Restore['status'];
