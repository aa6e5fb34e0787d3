import { chown, rename } from 'node:fs/promises';
import {
  type ConfigPlace,
  pgBackRestConfig,
  renewalDelayMs,
  type S3Credentials,
} from '../../../../lib/engines/physical/pgbackrest-config.ts';
import type { Account } from '../../../../lib/engines/programs/account.ts';
import type { PrivateFiles } from '../../../../lib/engines/programs/private-files.ts';

/** What the file is written from, now and again later. */
export interface ConfigSource {
  place: ConfigPlace;
  credentials(): Promise<S3Credentials>;
  /** The account that reads it. */
  account: Account | undefined;
  /** Called if credentials that expire could not be read again. Reading them is retried. */
  log(line: string): void;
}

/**
 * pgBackRest's configuration file. It contains secrets, so only its account can read it. It is rewritten before
 * credentials expire, because each call of archive-get reads it. A reader gets either the old file or the new one,
 * never part of one.
 */
export class PgBackRestConfigFile {
  readonly #files: PrivateFiles;
  readonly #source: ConfigSource;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;
  #expiration: Date | undefined;
  #version = 0;

  private constructor(files: PrivateFiles, source: ConfigSource) {
    this.#files = files;
    this.#source = source;
  }

  /** @throws StorageProviderError for a provider that pgBackRest can't use; errors while reading the credentials. */
  static async in(files: PrivateFiles, source: ConfigSource): Promise<PgBackRestConfigFile> {
    const file = new PgBackRestConfigFile(files, source);
    await file.#write();
    file.#renewLater();
    return file;
  }

  get path(): string {
    return this.#files.path('pgbackrest.conf');
  }

  /** Stops rewriting it. The file itself is deleted along with its directory. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { place, credentials, account } = this.#source;
    const now = await credentials();
    const written = await this.#files.write(`pgbackrest.conf.${this.#version++}`, pgBackRestConfig(place, now));
    if (account) await chown(written, account.uid, account.gid);
    await rename(written, this.path);
    this.#expiration = now.expiration;
  }

  #renewLater(): void {
    const delay = renewalDelayMs(this.#expiration, new Date());
    if (delay === undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#writing = this.#write()
        .catch((error: Error) =>
          this.#source.log(`NOTE: the storage's credentials could not be renewed: ${error.message}`),
        )
        .then(() => this.#renewLater());
    }, delay);
    this.#timer.unref();
  }
}
