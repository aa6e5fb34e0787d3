/** The output of `pgbackrest info --output=json` for a repository. https://pgbackrest.org/command.html#command-info */
import { z } from 'zod';
import { RestoreError, StorageProviderError } from '../../errors/errors.ts';
import { explainPgBackRest } from './failure.ts';

const stanzaInfo = z.object({
  name: z.string(),
  status: z.object({ code: z.number(), message: z.string() }),
  repo: z.array(z.object({ status: z.object({ code: z.number(), message: z.string() }) })).default([]),
  /**
   * The clusters that the repository has had, one after another: an upgrade to another major version begins a new one.
   */
  db: z.array(z.object({ id: z.number(), version: z.string() })),
  backup: z.array(
    z.object({
      label: z.string(),
      database: z.object({ id: z.number() }),
      archive: z.object({ start: z.string().nullable(), stop: z.string().nullable() }),
      info: z.object({ size: z.number() }),
      /** Seconds since 1970, by the server's clock. */
      timestamp: z.object({ stop: z.number() }),
      /** Whether pages with wrong checksums were found during the backup. */
      error: z.boolean().nullish(),
    }),
  ),
  /** The archived WAL: the last segment's name is null if there is none. */
  archive: z.array(z.object({ database: z.object({ id: z.number() }), max: z.string().nullable() })),
});
const repositoryInfo = z.array(stanzaInfo);
export type RepositoryInfo = z.infer<typeof repositoryInfo>;

/** A backup in a repository, and the WAL to recover it further. */
export interface HeldBackup {
  label: string;
  /** PostgreSQL's major version: `15`. */
  major: string;
  /** The size of the restored files. */
  bytes: number;
  /** When it ended, by the server's clock. */
  stoppedAt: Date;
  /** The WAL segments that it needs to be consistent; null if the server was stopped during the backup. */
  walStart: string | null;
  walStop: string | null;
  /** The last archived segment, on any timeline. */
  archiveMax: string | null;
  /** Whether pages with wrong checksums were found during the backup. */
  damaged: boolean;
}

/** Any other status code than "ok" and "no backups": the repository could not be read. */
const UNREADABLE = 99;

/** @throws StorageProviderError with pgBackRest's message if the repository could not be read. */
export function parseInfo(json: string): RepositoryInfo {
  // pgBackRest 2.45 prints the result of decrypting with a wrong passphrase as it is
  const info = repositoryInfo.parse(JSON.parse(json.replaceAll(/\p{Cc}/gu, ' ')));
  for (const { repo } of info) {
    const unreadable = repo.find(({ status }) => status.code === UNREADABLE);
    if (unreadable === undefined) continue;
    const { message, hint } = explainPgBackRest(unreadable.status.message);
    throw new StorageProviderError(`pgBackRest cannot read its repository: ${message}`, {
      hint,
    });
  }
  return info;
}

/** @throws RestoreError for an unknown stanza or label. It names the known ones. */
export function findHeldBackup(info: RepositoryInfo, stanza: string, label: string, repository: string): HeldBackup {
  const found = info.find(({ name }) => name === stanza);
  if (found === undefined) {
    throw new RestoreError(
      `the stanza ${stanza} is not in the repository ${repository}, which has ${listOf(info.map(({ name }) => name))}`,
      { hint: 'Correct the stanza of the backup, or scan the bucket again.' },
    );
  }
  const backup = found.backup.find((one) => one.label === label);
  if (backup === undefined) {
    throw new RestoreError(
      `the backup ${label} is not in the stanza ${stanza}, which has ${listOf(found.backup.map((one) => one.label))}`,
      { hint: 'Restore another backup: this one has expired or was removed.' },
    );
  }
  const db = found.db.find(({ id }) => id === backup.database.id);
  if (db === undefined) throw new RestoreError(`the stanza ${stanza} does not say the version of its server`);
  const archived = found.archive.find(({ database }) => database.id === backup.database.id);
  return {
    label,
    major: db.version,
    bytes: backup.info.size,
    stoppedAt: new Date(backup.timestamp.stop * 1000),
    walStart: backup.archive.start,
    walStop: backup.archive.stop,
    archiveMax: archived?.max ?? null,
    damaged: backup.error === true,
  };
}

/** The newest names, as many as fit. */
function listOf(names: string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(-NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} older ones` : shown;
}

const NAMES_SHOWN = 20;
