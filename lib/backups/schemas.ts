import { z } from 'zod';
import { right } from '../engines/rights.ts';
import { zonedTime } from '../formats/zoned-time.ts';
import { id } from '../storage/fields.ts';
import { pem, timedListQuery } from '../storage/items/schemas.ts';
import { pgbackrestInfo } from './catalogue/repository-info.ts';
import { backup } from './model.ts';

export const backupListQuery = timedListQuery.extend({
  connection_id: id.optional(),
  database_name: z.string().min(1).max(64).optional(),
  status: backup.shape.status.optional(),
  verify_status: backup.shape.verify_status.optional(),
  contents_state: z.enum(['first', 'as_before', 'odd']).optional(),
  would_restore: z.enum(['yes', 'with_warnings', 'no', 'unknown']).optional(),
});

const storagePath = z.string().min(1).max(1024);
const checksum = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');

/** Registers an object in a provider's bucket. Missing fields are read from the object and its key. */
export const newBackupBody = z.strictObject({
  /** By default, the connection that the key names. */
  connection_id: id.optional(),
  /** By default, the database that the key names. */
  database_name: z.string().min(1).max(64).optional(),
  storage_path: storagePath,
  /** By default, the default storage provider. */
  storage_provider_id: id.nullish(),
  size_bytes: z.number().int().nonnegative().nullish(),
  checksum: checksum.nullish(),
  encryption_key_id: z.string().max(64).nullish(),
  completed_at: zonedTime.nullish(),
});

/** Corrects a backup's record. Fields that are missing keep their values. A new path makes the backup unverified. */
export const backupUpdateBody = z
  .strictObject({
    /** Names the backup's server, which is then no longer a guess. */
    connection_id: id,
    database_name: z.string().min(1).max(64),
    storage_provider_id: id,
    storage_path: storagePath,
    encryption_key_id: z.string().max(64).nullable(),
    /** For a physical backup, the backup that it builds on. */
    parent_id: id.nullable(),
  })
  .partial();

/**
 * Each record is checked separately (by lib/backups/jagad/records.ts), so that one invalid record doesn't keep out the
 * others.
 */
const jagadRecords = z.array(z.record(z.string(), z.unknown())).max(10_000).default([]);

export const importBody = z.strictObject({
  /**
   * The provider for backups whose record names none. It also counts for all other backups, if all name the same
   * provider and nothing else says which of ours that is.
   */
  storage_provider_id: id.nullish(),
  /** Our storage provider for each of Jagad's, by Jagad's ids. This is stored. */
  providers: z.record(id, id).default({}),
  /** Records from Jagad's `GET /api/storage-providers`. */
  storage_providers: jagadRecords,
  /** Records from Jagad's `GET /api/connections`, each with its `databases`. */
  connections: jagadRecords,
  /** Records from Jagad's `GET /api/backups`. */
  backups: jagadRecords,
  /**
   * The ids of all backups that Jagad lists, if known. Other backups of its connections get a warning that Jagad no
   * longer has them.
   */
  listed_ids: z.array(id).max(100_000).nullish(),
  /** pgBackRest's own information about the backups in its repositories. */
  pgbackrest_info: z
    .array(
      z.strictObject({
        connection_id: id,
        /** The repository in the bucket: `pgbackrest/<connection>/<stanza>`. */
        storage_path: storagePath,
        /** The output of `pgbackrest info --output=json`, or the part of it about one stanza. */
        info: z.union([pgbackrestInfo, z.array(pgbackrestInfo).max(100)]),
      }),
    )
    .max(100)
    .default([]),
});
export type ImportRequest = z.output<typeof importBody>;

const said = z.array(z.object({ id: z.string(), reason: z.string() }));

export const importAnswer = z.object({
  storage_providers: z.object({ created: z.number(), known: z.number() }),
  connections: z.object({ created: z.number(), known: z.number() }),
  backups: z.object({
    created: z.number(),
    corrected: z.number().describe('those that a scan had guessed wrong, or that have changed in Jagad'),
    filled: z.number().describe('those that lacked something'),
    known: z.number(),
    left: z.number().describe('not reached within the time limit of a call: send the same request again'),
  }),
  /** Records that were skipped, and why. */
  skipped: said,
  /** Records that were imported, but that were corrected, contradict Jagad's, or need attention. */
  warnings: said,
  /** The job that verifies the new backups; null if there are none, or if the settings say not to. */
  verification_job: id.nullable(),
});
export type ImportAnswer = z.infer<typeof importAnswer>;

/** The address of a running Jagad, and credentials for it. None of it is stored. */
export const importFromJagadBody = z
  .strictObject({
    /** Such as `https://jagad.example.org`. */
    url: z.string().min(1).max(2048),
    username: z.string().max(256).optional(),
    password: z.string().max(1024).meta({ writeOnly: true }).optional(),
    /** Can be given instead of user and password. It becomes invalid when Jagad restarts. */
    token: z.string().max(4096).meta({ writeOnly: true }).optional(),
    /** PEM: certificate authorities to trust in addition to the machine's, for a Jagad with a private certificate. */
    ca_bundle: pem.nullish(),
    storage_provider_id: importBody.shape.storage_provider_id,
    providers: importBody.shape.providers,
  })
  .refine(
    ({ username, password, token }) =>
      token === undefined
        ? username !== undefined && password !== undefined
        : username === undefined && password === undefined,
    'give username and password, or a token',
  );

export const importFromJagadAnswer = importAnswer.extend({
  read: z
    .object({ storage_providers: z.number(), connections: z.number(), backups: z.number() })
    .describe('what Jagad lists'),
  notes: z.array(z.string()).describe('what was odd about the lists as a whole'),
});

export const verifyAnswer = z.object({ status: z.literal('verifying'), backup_id: id });
export const logsAnswer = z.object({ status: z.string(), log_output: z.string() });

const whole = z.number().int().nonnegative();

export const previewAnswer = z.object({
  backup_id: id,
  target: z.object({ connection_id: id, name: z.string(), host: z.string(), port: z.number(), database: z.string() }),
  object: z.object({
    path: z.string(),
    bytes: whole.nullable().describe('size in the bucket; null if it could not be read'),
    encrypted: z.boolean().nullable(),
    server_version: z.string().nullable().describe('version of the server that was dumped, if the dump says so'),
  }),
  server_version: z.string().nullable().describe('version of the target server; null if it could not be reached'),
  database_exists: z.boolean().nullable(),
  overwritten: z.object({
    exact: z
      .boolean()
      .describe('false if the dump does not say which tables it replaces: then all tables of the database are listed'),
    tables: z
      .array(z.object({ name: z.string(), rows_estimated: whole, bytes: whole }))
      .describe('the largest 500; the sums cover all of them'),
    table_count: whole,
    rows_estimated: whole,
    bytes: whole,
  }),
  connected: z
    .array(z.object({ user: z.string(), application: z.string(), address: z.string().nullable() }))
    .describe('sessions in the target database, at most 500'),
  room: z
    .object({
      needed_bytes: whole
        .nullable()
        .describe('at least, without indexes; null if it is not known what the dump contains'),
      free_bytes: whole.nullable().describe("of the server's disk; null if unknown, or if it grows"),
      free_bytes_from: z.enum(['rds', 'connection', 'grows', 'unknown']),
    })
    .describe('a restore needs disk; the database itself does not tell what is free'),
  rights: z.array(right),
  extensions: z.array(
    z.object({
      name: z.string(),
      available: z.boolean().nullable().describe('null if the target could not be reached'),
    }),
  ),
  findings: z
    .array(
      z.object({
        id: z.string().describe('docs/preflight.md has all of them'),
        weight: z
          .enum(['obstacle', 'warning', 'setting'])
          .describe('obstacle: refused, untouched; setting: the restore changes it for its own sessions'),
        message: z.string(),
        statement: z
          .string()
          .nullable()
          .describe("removes it, ready to copy; for a setting, the statement that the restore's sessions run"),
      }),
    )
    .describe("what the dump's contents show, compared with the target; also in obstacles and warnings"),
  obstacles: z
    .array(z.string())
    .describe(
      'in words, such as: view sales.report depends on table sales.orders; any of them prevents the restore or makes it fail',
    ),
  warnings: z.array(z.string()),
});
export type Preview = z.infer<typeof previewAnswer>;
