/** The resources of the API, as stored and as answered: JSON, snake_case, UUID ids, ISO 8601 UTC times. */
import { z } from 'zod';

export const DB_TYPES = ['postgresql', 'mysql', 'mariadb'] as const;
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export const RESTORE_STATUSES = ['running', 'success', 'failed', 'cancelled'] as const;
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
  provider_type: z.enum(['s3', 'r2', 'minio', 'gcs', 'b2', 's3-compat']),
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
  database_name: z.string(),
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
  started_at: time.nullable(),
  completed_at: time.nullable(),
  created_at: time,
});

export const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

export const STAGES = ['validating', 'verifying', 'restoring', 'done'] as const;
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
  started_at: time,
  completed_at: time.nullable(),
  created_at: time,
});

export type DbType = z.infer<typeof dbType>;
export type SslMode = (typeof SSL_MODES)[number];
export type Connection = z.infer<typeof connection>;
export type StorageProvider = z.infer<typeof storageProvider>;
export type Backup = z.infer<typeof backup>;
export type Failure = z.infer<typeof failure>;
export type Progress = z.infer<typeof progress>;
export type Restore = z.infer<typeof restore>;
export type RestoreStatus = Restore['status'];
