/** The resources of the API, as stored and as answered: JSON, snake_case, UUID ids, ISO 8601 UTC times. */
import { z } from 'zod';

export const DB_TYPES = ['postgresql', 'mysql', 'mariadb'] as const;
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export const RESTORE_STATUSES = ['running', 'success', 'failed', 'cancelled'] as const;
export const PROVIDER_TYPES = ['s3', 'r2', 'minio', 'gcs', 'b2', 's3-compat'] as const;
export const TRIGGERS = ['api', 'event', 'console'] as const;

export const id = z.uuid();
const time = z.iso.datetime();
const bytes = z.number().int().nonnegative();

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
  created_at: time,
  updated_at: time,
});

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
  is_default: z.boolean().default(false),
  created_at: time,
});

export const backup = z.object({
  id,
  connection_id: id,
  /** Never empty: it is the key of an index. */
  database_name: z.string().min(1),
  db_type: dbType,
  backup_type: z.enum(['full', 'incremental']),
  status: z.enum(['running', 'success', 'failed']),
  storage_provider_id: id.nullable(),
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
  /** What Jagad's own log of the backup says; answered by a call of its own. */
  log_output: z.string().default(''),
  started_at: time.nullable(),
  completed_at: time.nullable(),
  created_at: time,
});
/** As lists and single backups are answered. */
export const publicBackup = backup.omit({ log_output: true });

export const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/** While it spools, the backup is written to the task's disk; the target is touched from `restoring` on. */
export const STAGES = ['validating', 'verifying', 'spooling', 'restoring', 'done'] as const;
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
  duration_ms: z.number().int().nonnegative().nullable(),
  log_output: z.string(),
  execution_arn: z.string().nullable(),
  /** What was found sound, and is restored: this version and no other. The hash is null where nothing was verified. */
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
  /** Who asked to stop it. */
  cancelled_by: z.string().nullable().default(null),
  /** When its task had stopped; null while one may be writing. */
  task_stopped_at: time.nullable().default(null),
  started_at: time,
  completed_at: time.nullable(),
  created_at: time,
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
  /** Of a scan: backups that were passed over as it is not clear which connection they are of; the first names alone. */
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
});
export type Settings = z.infer<typeof settings>;

export type DbType = z.infer<typeof dbType>;
export type SslMode = (typeof SSL_MODES)[number];
export type Connection = z.infer<typeof connection>;
export type StorageProvider = z.infer<typeof storageProvider>;
export type Backup = z.infer<typeof backup>;
export type Failure = z.infer<typeof failure>;
export type Progress = z.infer<typeof progress>;
export type Restore = z.infer<typeof restore>;
export type RestoreStatus = Restore['status'];
