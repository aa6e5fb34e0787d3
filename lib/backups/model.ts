import { z } from 'zod';
import { dbType, physicalEngine } from '../databases/names.ts';
import { failure } from '../errors/failure.ts';
import { bytes, id, time } from '../storage/fields.ts';

/**
 * The source of the backup's connection: Jagad's own record, the object's key (which is a guess, because names
 * get reused), or a person who named the connection.
 */
export const CONNECTION_SOURCES = ['jagad', 'key', 'you'] as const;
export const connectionSource = z.enum(CONNECTION_SOURCES);

const count = z.number().int().nonnegative();

export const backup = z.object({
  id,
  connection_id: id,
  /** If it is missing, the record is older than the field, and the connection counts as a guess. */
  connection_source: connectionSource.default('key'),
  /** Never empty, because it is the key of an index. */
  database_name: z.string().min(1),
  db_type: dbType,
  backup_type: z.enum(['full', 'incremental']),
  /** For a physical backup, full or incremental, the tool that made it; null for a dump. */
  engine: physicalEngine.nullable().default(null),
  /** For an incremental backup, the backup that it builds on; null if unknown. */
  parent_id: id.nullable().default(null),
  /**
   * pgBackRest's name for the backup in its repository, such as `20261122-020000F_20261122-030000I`, and its name for
   * the server.
   */
  label: z.string().nullable().default(null),
  stanza: z.string().nullable().default(null),
  /**
   * The range of log sequence numbers whose changes the backup contains: decimal for InnoDB, `0/2000028` for
   * PostgreSQL.
   */
  from_lsn: z.string().nullable().default(null),
  to_lsn: z.string().nullable().default(null),
  /** For pgBackRest, the first and last WAL segments that it needs to be consistent. */
  wal_start: z.string().nullable().default(null),
  wal_stop: z.string().nullable().default(null),
  /** Version of the backed-up server, if known: `15`, `10.11.19-MariaDB`. */
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
   * The last attempt to verify the backup that could not determine whether its bytes are sound: the previous verdict
   * stays.
   */
  verify_attempt: z.object({ at: time, error: failure }).nullable().default(null),
  /**
   * A summary of what the last verification found in the dump. The full contents are stored separately
   * (lib/backups/contents/). Null if they are unknown.
   */
  contents: z
    .object({
      /** SHA-256 of the contents, in hex. If it is equal, the dumps are equal except for the values in their rows. */
      digest: z.string(),
      read_at: time,
      tables: count,
      /** Null if the rows were not counted, as in a PostgreSQL archive. */
      rows: count.nullable(),
      data_bytes: bytes,
      /** The backup of the same database that it was compared with; null if it is the first. */
      compared_with: id.nullable(),
      /** What is unusual compared with that backup, in words. */
      findings: z.array(z.string()),
    })
    .nullable()
    .default(null),
  /** `odd` if there are findings. It is the key of an index, so that lists can be narrowed to these backups. */
  contents_state: z.enum(['first', 'as_before', 'odd']).nullable().default(null),
  /** The result of the last standing check: whether the backup would have restored into its own server at that time. */
  standing_check: z
    .object({
      at: time,
      /** Blockers or warnings, or why the server could not be inspected, in words. */
      reasons: z.array(z.string()),
    })
    .nullable()
    .default(null),
  /** Only set for the newest dump of a database. It is the key of an index. */
  would_restore: z.enum(['yes', 'with_warnings', 'no', 'unknown']).nullable().default(null),
  /** What was unusual about it in the last import. */
  warnings: z.array(z.string()).default([]),
  /** Jagad's own log of the backup. A separate call returns it. */
  log_output: z.string().default(''),
  started_at: time.nullable(),
  completed_at: time.nullable(),
  created_at: time,
});
/** A backup as the API returns it, in lists and alone. */
export const publicBackup = backup.omit({ log_output: true });
export type Backup = z.infer<typeof backup>;
