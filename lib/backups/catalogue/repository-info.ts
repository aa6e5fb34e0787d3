/**
 * What pgBackRest knows about the backups in a repository, from either of its lists: the output of `pgbackrest info
 * --output=json`, and `backup/<stanza>/backup.info` in the repository, an INI file with JSON values.
 * https://pgbackrest.org/command.html#command-info, and src/info/infoBackup.c of its source
 */
import { z } from 'zod';
import { stanzaName } from '../../formats/pgbackrest/stanza.ts';

const label = z.string().regex(/^\d{8}-\d{6}F(_\d{8}-\d{6}[DI])?$/, 'must be a label of pgBackRest');
const type = z.enum(['full', 'diff', 'incr']);
/** Seconds since 1970. */
const seconds = z.number().int().nonnegative().max(253_402_300_799);
const bytes = z.number().int().nonnegative();
/** Backups of a stopped server have no WAL, and no positions in it. */
const text = z.string().max(64).nullish();
const version = z.string().max(20);

/** One backup of a repository. */
export interface PgBackRestBackup {
  label: string;
  isFull: boolean;
  /** The label of the backup that this one builds on. */
  prior: string | null;
  hasErrors: boolean;
  walStart: string | null;
  walStop: string | null;
  lsnStart: string | null;
  lsnStop: string | null;
  startedAt: Date;
  completedAt: Date;
  /** The number of bytes that it added to the repository; null if the list doesn't say. */
  repositoryBytes: number | null;
  /** The size of the whole server. */
  serverBytes: number;
  /** The server's version: `15`, `9.6`. */
  version: string | null;
}

/** One stanza in the output of `info`; fields that aren't needed here are ignored. */
export const pgbackrestInfo = z.object({
  name: stanzaName,
  db: z.array(z.object({ id: z.number(), 'repo-key': z.number().nullish(), version })).max(1000),
  backup: z
    .array(
      z.object({
        label,
        type,
        prior: label.nullish(),
        error: z.boolean().nullish(),
        archive: z.object({ start: text, stop: text }).nullish(),
        lsn: z.object({ start: text, stop: text }).nullish(),
        database: z.object({ id: z.number(), 'repo-key': z.number().nullish() }),
        info: z.object({ size: bytes, repository: z.object({ delta: bytes.nullish() }).nullish() }),
        timestamp: z.object({ start: seconds, stop: seconds }),
      }),
    )
    .max(10_000),
});
export type PgBackRestInfo = z.output<typeof pgbackrestInfo>;

/** A stanza's backups, as in the output of `info`. */
export function backupsOfInfo({ backup, db }: PgBackRestInfo): PgBackRestBackup[] {
  return backup.map(({ archive, lsn, info, timestamp, database, ...one }) => ({
    label: one.label,
    isFull: one.type === 'full',
    prior: one.prior ?? null,
    hasErrors: one.error === true,
    walStart: archive?.start ?? null,
    walStop: archive?.stop ?? null,
    lsnStart: lsn?.start ?? null,
    lsnStop: lsn?.stop ?? null,
    startedAt: timeOf(timestamp.start),
    completedAt: timeOf(timestamp.stop),
    repositoryBytes: info.repository?.delta ?? null,
    serverBytes: info.size,
    version: db.find((of) => of.id === database.id && of['repo-key'] === database['repo-key'])?.version ?? null,
  }));
}

/** An entry of `[backup:current]`. */
const current = z.object({
  'backup-type': type,
  'backup-prior': label.nullish(),
  'backup-error': z.boolean().nullish(),
  'backup-archive-start': text,
  'backup-archive-stop': text,
  'backup-lsn-start': text,
  'backup-lsn-stop': text,
  'backup-timestamp-start': seconds,
  'backup-timestamp-stop': seconds,
  'backup-info-repo-size-delta': bytes.nullish(),
  'backup-info-size': bytes,
  'db-id': z.number(),
});
/** An entry of `[db:history]`. */
const history = z.object({ 'db-version': version });

/** Files that OpenSSL or pgBackRest encrypted begin with this. */
const ENCRYPTED = 'Salted__';

/** @returns the backups that a repository's backup.info lists, or why they can't be read. */
export function readBackupInfo(content: string): PgBackRestBackup[] | { problem: string } {
  if (content.startsWith(ENCRYPTED)) return { problem: `its repository is encrypted: ${IMPORT}` };
  const versions = new Map<string, string>();
  for (const [id, value] of entriesOf(content, 'db:history')) {
    const parsed = history.safeParse(value);
    if (parsed.success) versions.set(id, parsed.data['db-version']);
  }
  const backups: PgBackRestBackup[] = [];
  for (const [name, value] of entriesOf(content, 'backup:current')) {
    const parsed = current.safeParse(value);
    if (!label.safeParse(name).success || !parsed.success) {
      return { problem: `its backup.info has an entry ${name} that is not understood: ${IMPORT}` };
    }
    const entry = parsed.data;
    backups.push({
      label: name,
      isFull: entry['backup-type'] === 'full',
      prior: entry['backup-prior'] ?? null,
      hasErrors: entry['backup-error'] === true,
      walStart: entry['backup-archive-start'] ?? null,
      walStop: entry['backup-archive-stop'] ?? null,
      lsnStart: entry['backup-lsn-start'] ?? null,
      lsnStop: entry['backup-lsn-stop'] ?? null,
      startedAt: timeOf(entry['backup-timestamp-start']),
      completedAt: timeOf(entry['backup-timestamp-stop']),
      repositoryBytes: entry['backup-info-repo-size-delta'] ?? null,
      serverBytes: entry['backup-info-size'],
      version: versions.get(`${entry['db-id']}`) ?? null,
    });
  }
  return backups;
}

const IMPORT = "import the output of 'pgbackrest info --output=json'";

/** The keys and values of a section. A value that isn't JSON becomes undefined. */
function entriesOf(content: string, section: string): [string, unknown][] {
  const entries: [string, unknown][] = [];
  let isWanted = false;
  for (const line of content.split(/\r?\n/)) {
    const [, heading] = /^\[(.+)\]$/.exec(line) ?? [];
    if (heading !== undefined) isWanted = heading === section;
    const [, key, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    if (isWanted && heading === undefined && key !== undefined) entries.push([key, json(value ?? '')]);
  }
  return entries;
}

function json(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function timeOf(unixSeconds: number): Date {
  return new Date(unixSeconds * 1000);
}
