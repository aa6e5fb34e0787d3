/**
 * The structure of pg_dump's custom format, as defined by `pg_backup_archiver.h` and `pg_backup_custom.c` in
 * PostgreSQL.
 */
import { DecompressError } from '../../../errors/errors.ts';
import type { DatabaseLocale } from './database-locale.ts';

/** The five bytes with which every archive of pg_dump begins. */
export const ARCHIVE_MAGIC = Buffer.from('PGDMP', 'latin1');

/** Archive versions (1.<minor>) whose layout is known: pg_dump 9.0 to 18. */
export const OLDEST_MINOR = 12;
export const NEWEST_MINOR = 16;

export interface TocEntry {
  readonly dumpId: number;
  /** TABLE, TABLE DATA, VIEW, FK CONSTRAINT, … */
  readonly desc: string;
  /** Empty if the object isn't in a schema. */
  readonly namespace: string;
  /** The name as pg_dump writes it, without quotes: `orders`, `f(integer)`, `orders orders_pkey`. */
  readonly tag: string;
  readonly owner: string;
  /** Whether the archive has a block of data for this entry after the table of contents. */
  readonly hasData: boolean;
  /** Where in the archive its list of dependencies begins; it ends at `offsetAt`. */
  readonly dependenciesAt: number;
  /** Where in the archive the entry stores the position of its data block: a state byte, then the position. */
  readonly offsetAt: number;
  /** Empty if the entry doesn't name one, because it is the default tablespace. */
  readonly tablespace: string;
  /**
   * The definition of an index, a foreign key, a type, a collation, grants, or what the restoring user creates itself;
   * empty for other kinds.
   */
  readonly definition: string;
  /** Whether it is a function whose text may read a table. */
  readonly readsTables: boolean;
  /** Why only a superuser may create it, in words; undefined if every owner may. */
  readonly demand: string | undefined;
  /** The statement with which `--clean` drops the object; empty if it drops nothing. */
  readonly drop: string;
  /** The dumpIds of the entries that this one needs. */
  readonly dependencies: readonly number[];
}

export interface Toc {
  /** The archive's version, such as `1.14`. A pg_restore reads archives up to its own version. */
  readonly version: string;
  /** The version of the dumped server, such as `15.18 (Debian 15.18-0+deb12u1)`. */
  readonly serverVersion: string;
  /** The version of the pg_dump that wrote it. */
  readonly dumpVersion: string;
  readonly databaseName: string;
  /** PostgreSQL's name for the client encoding, such as `UTF8`; empty if the archive doesn't name it. */
  readonly encoding: string;
  /** The locale of the dumped database; undefined if the archive doesn't name it. */
  readonly locale: DatabaseLocale | undefined;
  /** Whether a backslash in its texts is an ordinary character (`standard_conforming_strings`). */
  readonly standardStrings: boolean;
  readonly compression: 'none' | 'gzip' | 'lz4' | 'zstd';
  readonly entries: readonly TocEntry[];
}

/** The major versions of PostgreSQL's clients in use, and the archive versions that they read. */
export const OLDEST_CLIENT_MAJOR = 12;
export const NEWEST_CLIENT_MAJOR = 18;

/**
 * The oldest major version of pg_restore that reads an archive. Older ones refuse it ("unsupported version (1.15) in
 * file header"), and all newer ones read it too. Undefined if the archive is newer than every known version.
 * @param version the archive's, `1.14`
 */
export function oldestReader(version: string): number | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 1 || minor > NEWEST_MINOR) return undefined;
  if (minor === 16) return 17;
  return minor === 15 ? 16 : OLDEST_CLIENT_MAJOR;
}

export function layoutKnown(major: number, minor: number): boolean {
  return major === 1 && minor >= OLDEST_MINOR && minor <= NEWEST_MINOR;
}

const OTHER_BACKUP = 'Restore another backup of this database, and make a new one: this one holds only a part of it.';

/** The dump tool ended before it was done, or the archive was cut off later. */
export function endsHalfWay(detail: string): DecompressError {
  return new DecompressError(`the dump ends half-way: ${detail}`, { hint: OTHER_BACKUP });
}

/** All bytes are there, but they aren't a valid pg_dump archive. */
export function notSound(detail: string): DecompressError {
  return new DecompressError(`the dump is not a sound PostgreSQL archive: ${detail}`, {
    hint: 'Restore another backup of this database, and make a new one.',
  });
}
