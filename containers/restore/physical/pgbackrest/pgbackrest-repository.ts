import { chown } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { getCACertificates } from 'node:tls';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import type { Reporter } from '../../../../lib/engines/load/engine.ts';
import type { S3Credentials } from '../../../../lib/engines/physical/pgbackrest-config.ts';
import type { Account } from '../../../../lib/engines/programs/account.ts';
import { findCommand } from '../../../../lib/engines/programs/find-binaries.ts';
import type { PrivateFiles } from '../../../../lib/engines/programs/private-files.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';
import { explainPgBackRest } from '../../../../lib/formats/pgbackrest/failure.ts';
import { findHeldBackup, type HeldBackup, parseInfo } from '../../../../lib/formats/pgbackrest/info.ts';
import { inLines } from '../lines.ts';
import { asAccount, outputOf, runToEnd } from '../local-program.ts';
import {
  archiveGetCommand,
  infoCommand,
  type PgBackRest,
  restoreCommand,
  restoredShare,
} from './pgbackrest-commands.ts';
import { PgBackRestConfigFile } from './pgbackrest-config-file.ts';

/** How to reach the bucket of a repository. */
export interface PgBackRestRepository {
  provider: StorageProvider;
  /** Read each time they are needed, because a role's own credentials expire. */
  credentials(): Promise<S3Credentials>;
  /** Undefined if the repository isn't encrypted. */
  cipherPass: string | undefined;
}

/** What to read from the repository, and where to put it. */
export interface Reading {
  stanza: string;
  label: string;
  /** In the bucket, without a leading slash. */
  path: string;
  /** PostgreSQL's data directory, which is empty, and the directory for tablespaces. */
  data: string;
  tablespaces: string;
  /** Readable only by the account, and deleted afterwards. */
  files: PrivateFiles;
  account: Account | undefined;
  telling: Reporter;
  signal: AbortSignal;
}

/** An open repository: as long as it is open, its configuration file, which contains the secrets, is kept current. */
export class OpenRepository {
  readonly #reading: Reading;
  readonly #location: string;
  readonly #config: PgBackRestConfigFile;
  readonly #pgBackRest: PgBackRest;

  private constructor(reading: Reading, location: string, config: PgBackRestConfigFile, command: string) {
    this.#reading = reading;
    this.#location = location;
    this.#config = config;
    const env = { PATH: process.env.PATH ?? '', HOME: reading.files.home, LC_ALL: 'C' };
    this.#pgBackRest = { command, configFile: config.path, stanza: reading.stanza, env };
  }

  /**
   * @throws StorageProviderError for a provider that pgBackRest can't use, RestoreError if pgBackRest isn't installed.
   */
  static async open(
    { provider, credentials, cipherPass }: PgBackRestRepository,
    reading: Reading,
  ): Promise<OpenRepository> {
    const command = await findCommand('pgbackrest');
    if (command === undefined) {
      throw new RestoreError('pgBackRest is not installed on the machine of the restore task', {
        hint: "Install Debian's package pgbackrest; the restore image has it.",
      });
    }
    const { files, account, path, stanza, data, telling } = reading;
    const caFile = await writeCertificates(provider, files, account);
    const place = {
      provider,
      repository: path,
      cipherPass,
      caFile,
      stanza,
      dataDirectory: data,
      workDirectory: files.home,
    };
    const config = await PgBackRestConfigFile.in(files, { place, credentials, account, log: telling.log });
    return new OpenRepository(reading, `${provider.bucket}/${path}`, config, command);
  }

  /**
   * The backup, as the repository itself describes it.
   * @throws RestoreError or StorageProviderError if it doesn't.
   */
  async find(): Promise<HeldBackup> {
    const { stanza, label, account, signal } = this.#reading;
    const { exitCode, stdout, stderr } = await outputOf(asAccount(infoCommand(this.#pgBackRest), account), signal);
    if (exitCode !== 0) throw failure('pgBackRest could not list its repository', stderr);
    return findHeldBackup(parseInfo(stdout), stanza, label, this.#location);
  }

  /**
   * Restores the files of the backup and of its whole chain to the disk.
   * @throws RestoreError with pgBackRest's message.
   */
  async restore({ bytes }: HeldBackup): Promise<void> {
    const { label, tablespaces, account, telling, signal } = this.#reading;
    const command = restoreCommand(this.#pgBackRest, label, tablespaces, availableParallelism());
    const onStdout = inLines((line) => {
      const share = restoredShare(line);
      if (share !== undefined) telling.progress(Math.round(share * bytes));
    });
    const { exitCode, stderr } = await runToEnd(asAccount(command, account), signal, { onStdout });
    if (exitCode !== 0) throw failure(`pgBackRest could not restore ${label}`, stderr);
  }

  /** PostgreSQL's restore_command. It works as long as this is open. */
  get restoreCommand(): string {
    return archiveGetCommand(this.#pgBackRest);
  }

  async close(): Promise<void> {
    await this.#config.close();
  }
}

function failure(what: string, stderr: string): RestoreError {
  const { message, hint } = explainPgBackRest(stderr);
  return new RestoreError(`${what}: ${message}`, { hint });
}

/**
 * pgBackRest accepts one file, which replaces the certificates that the machine trusts; it doesn't read
 * NODE_EXTRA_CA_CERTS.
 */
async function writeCertificates(
  { ca_bundle }: StorageProvider,
  files: PrivateFiles,
  account: Account | undefined,
): Promise<string | undefined> {
  if (ca_bundle === null && getCACertificates('extra').length === 0) return undefined;
  const path = await files.write('storage-ca.pem', [ca_bundle ?? '', ...getCACertificates(), ''].join('\n'));
  if (account) await chown(path, account.uid, account.gid);
  return path;
}
