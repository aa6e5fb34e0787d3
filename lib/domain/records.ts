/** The API's resources, as stored and as returned: JSON, snake_case, UUID ids, ISO 8601 UTC times. */
import { z } from 'zod';
import { recoveryTarget, timelineField } from './physical/recovery-target.ts';
import { tables } from './table-states.ts';
import { TARGET_STATES } from './target-state.ts';

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

/**
 * A database server. Its password is in a secret: `secret_arn` names an existing one, otherwise it is ours, by the id.
 */
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
  /**
   * For postgresql: whether code in a dump may use all of the login's rights while it is loaded; restores started by
   * events never may.
   */
  trusted: z.boolean().default(false),
  /** Whether only encrypted backups of this server are verified and restored. */
  encrypted_only: z.boolean().default(false),
  /**
   * For mysql and mariadb: where in the bucket of its backups its binary logs are archived, under their names on the
   * server.
   */
  binlog_prefix: z.string().nullable().default(null),
  /**
   * When Jagad's own record of the server was last changed, according to the last import; null if it never was. Jagad
   * doesn't say what was changed: an earlier backup may come from another server.
   */
  jagad_changed_at: time.nullable().default(null),
  /** `host:port` in Jagad at the last import: if it differs now, the connection was moved. */
  jagad_address: z.string().nullable().default(null),
  created_at: time,
  updated_at: time,
});

/**
 * How the backup's connection is known: Jagad's own record, the object's key (a guess, because names get
 * reused), or a person who named the connection.
 */
export const CONNECTION_SOURCES = ['jagad', 'key', 'you'] as const;
export const connectionSource = z.enum(CONNECTION_SOURCES);

export const storageProvider = z.object({
  id,
  name: z.string().min(1).max(200),
  provider_type: z.enum(PROVIDER_TYPES),
  /** Null means AWS's own endpoint for the region. */
  endpoint: z.url().nullable().default(null),
  region: z.string().min(1).default('us-east-1'),
  bucket: z.string().min(3).max(255),
  /** Null means the task's own role, on AWS. The secret key is in a secret named by the provider's id. */
  access_key: z.string().nullable().default(null),
  path_style: z.boolean().default(false),
  /** PEM: authorities to trust in addition to the machine's, for a store with a private certificate. */
  ca_bundle: z.string().nullable().default(null),
  is_default: z.boolean().default(false),
  /** False for an imported provider until its secret key is set, because Jagad never reveals it. */
  secret_key_set: z.boolean().default(true),
  /** The ids of Jagad's storage providers that it stands for. */
  jagad_ids: z.array(id).default([]),
  created_at: time,
});

/** The tools that make physical backups: copies of a whole server's files. */
export const PHYSICAL_ENGINES = ['pgbackrest', 'mariabackup', 'xtrabackup'] as const;
export const physicalEngine = z.enum(PHYSICAL_ENGINES);
export type PhysicalEngine = z.infer<typeof physicalEngine>;

export const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

export const backup = z.object({
  id,
  connection_id: id,
  /** A record without this field is older than the field, and counts as a guess. */
  connection_source: connectionSource.default('key'),
  /** Never empty: it is the key of an index. */
  database_name: z.string().min(1),
  db_type: dbType,
  backup_type: z.enum(['full', 'incremental']),
  /** For a physical backup, full or incremental, the tool that made it; null for a dump. */
  engine: physicalEngine.nullable().default(null),
  /** For an incremental backup, the one that it builds on; null if unknown. */
  parent_id: id.nullable().default(null),
  /**
   * pgBackRest's name for the backup in its repository, such as `20261122-020000F_20261122-030000I`, and for the server
   * in it.
   */
  label: z.string().nullable().default(null),
  stanza: z.string().nullable().default(null),
  /** The range of log sequence numbers whose changes it holds: decimal for InnoDB, `0/2000028` for PostgreSQL. */
  from_lsn: z.string().nullable().default(null),
  to_lsn: z.string().nullable().default(null),
  /** For pgBackRest, the first and last WAL segments that it needs to be consistent. */
  wal_start: z.string().nullable().default(null),
  wal_stop: z.string().nullable().default(null),
  /** Version of the copied server, if known: `15`, `10.11.19-MariaDB`. */
  server_version: z.string().nullable().default(null),
  status: z.enum(['running', 'success', 'failed']),
  storage_provider_id: id.nullable(),
  /** The object's key; for pgBackRest, the repository's path. */
  storage_path: z.string(),
  /** The size in the bucket. */
  object_bytes: bytes.nullable(),
  /** The size of the dump before gzip. */
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
  /** The version of the object that passed verification. */
  verified_etag: z.string().nullable().default(null),
  /** The progress of a running verification. */
  verify_progress: z.object({ bytes_done: bytes, bytes_total: bytes }).nullable().default(null),
  /**
   * The last attempt to verify it that could not determine whether its bytes are sound: the previous verdict stands.
   */
  verify_attempt: z.object({ at: time, error: failure }).nullable().default(null),
  /** What the last import found unusual about it. */
  warnings: z.array(z.string()).default([]),
  /** Jagad's own log of the backup; returned by a call of its own. */
  log_output: z.string().default(''),
  started_at: time.nullable(),
  completed_at: time.nullable(),
  created_at: time,
});
/** As returned in lists and for single backups. */
export const publicBackup = backup.omit({ log_output: true });

/**
 * While it spools, the backup is written to the task's disk; a physical one is prepared there (the chain's changes are
 * merged), and its logs are replayed up to the requested point.
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
  /** Null in records older than this field. */
  target_state: z.enum(TARGET_STATES).nullable().default(null),
  /** Null before the first write, in older records and in lists, and if none are known. */
  tables: tables.nullable().default(null),
  duration_ms: z.number().int().nonnegative().nullable(),
  log_output: z.string(),
  execution_arn: z.string().nullable(),
  /** What was verified, and is restored: this version and no other. The hash is null if nothing was verified. */
  verified: z.object({ etag: z.string(), sha256: z.string().nullable() }).nullable().default(null),
  /** The size requested for its task on AWS, with 1024 CPU units per vCPU, and the estimated price. */
  task: z
    .object({
      cpu_units: z.number().int().positive(),
      memory_mib: z.number().int().positive(),
      disk_gib: z.number().int().positive(),
      estimated_cost_usd: z.number().nonnegative(),
    })
    .nullable()
    .default(null),
  /** For a physical backup: what is taken out of it, and how. */
  recovery: z
    .object({
      /** The restores of one request, which one task runs in order. The first one's id is the execution's name. */
      restore_ids: z.array(id).min(1),
      source_database: z.string(),
      target: recoveryTarget,
      /** For pgBackRest, the timeline to follow to a point; null for the backup's own state, and until it is chosen. */
      timeline: timelineField.nullable().default(null),
      /** How far recovery of the copy got, in the server's words; null until then. */
      reached: z.string().nullable(),
      /** How long the parts of the request's task took; the load is this database's own. */
      timings: z.object({ download_ms: duration, prepare_ms: duration, replay_ms: duration, load_ms: duration }),
    })
    .nullable()
    .default(null),
  /** The user who asked to stop it. */
  cancelled_by: z.string().nullable().default(null),
  /** When its task had stopped; null while a task may be writing. */
  task_stopped_at: time.nullable().default(null),
  /** The one task that may write to the target, see restore-claim.ts: its ARN, or its process on one machine. */
  claimed_by: z.string().nullable().default(null),
  /** When that task last wrote here: at least every 10 s. */
  worker_seen_at: time.nullable().default(null),
  /** When that task was asked to stop because its execution had ended without it. */
  stop_asked_at: time.nullable().default(null),
  started_at: time,
  completed_at: time.nullable(),
  created_at: time,
  /**
   * The connection that it writes to, even if it is the backup's own. Missing if unknown, and in old records of
   * restores to the backup's own.
   */
  to_connection: id.optional(),
});

/** Work that takes longer than a call may; it can be watched until it has ended. */
export const job = z.object({
  id,
  /** `scan` looks for backups in a bucket; `verification` verifies new backups from a scan or an import. */
  kind: z.enum(['scan', 'verification']),
  /** What it works on: the storage provider. */
  subject_id: id,
  status: z.enum(['running', 'success', 'failed']),
  /** What it has counted so far. */
  counts: z.record(z.string(), z.number()),
  /**
   * For a scan: backups that were skipped because it isn't clear which connection they are from; only the first names.
   */
  skipped: z.array(z.object({ connection_name: z.string(), reason: z.string(), objects: z.number() })).default([]),
  /** The job that continues with what this one found. */
  follow_up: id.nullable().default(null),
  /** More work arrived while it was running: it must look once more before it may end. */
  again: z.boolean().default(false),
  error: z.string().nullable(),
  created_at: time,
  completed_at: time.nullable(),
});
/** As returned by the API. */
export const publicJob = job.omit({ again: true });
export type Job = z.infer<typeof job>;

/** What an administrator may set for the whole service. */
export const settings = z.object({
  /** Whether a backup is verified when it enters the catalogue. */
  verify_new_backups: z.boolean().default(true),
  /** Whether restored tables get statistics (ANALYZE), so that the first queries on them aren't slow. */
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
