import { z } from 'zod';
import { dbType, physicalEngine } from '../databases/names.ts';
import { failure } from '../errors/failure.ts';
import { bytes, id, time } from '../storage/fields.ts';

/**
 * Who says which connection a backup is of: Jagad's own record, the object's key (a guess: names are used again), or a
 * person who named the connection.
 */
export const CONNECTION_SOURCES = ['jagad', 'key', 'you'] as const;
export const connectionSource = z.enum(CONNECTION_SOURCES);

const count = z.number().int().nonnegative();

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
  /** What its last verification found in the dump; the whole is kept apart (lib/backups/contents/). Null if that isn't known. */
  contents: z
    .object({
      /** SHA-256 of the contents, in hex: equal ones are equal dumps, but for the rows' values. */
      digest: z.string(),
      read_at: time,
      tables: count,
      /** Null if they were not counted, as those of an archive of PostgreSQL. */
      rows: count.nullable(),
      data_bytes: bytes,
      /** The backup of the same database that it was compared with; null if it is the first. */
      compared_with: id.nullable(),
      /** What is odd beside that one, in words. */
      findings: z.array(z.string()),
    })
    .nullable()
    .default(null),
  /** `odd` if it has findings. The key of an index, so that lists can be narrowed to these. */
  contents_state: z.enum(['first', 'as_before', 'odd']).nullable().default(null),
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
export type Backup = z.infer<typeof backup>;
