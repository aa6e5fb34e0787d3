/**
 * The shape of pg_dump's custom format, as `pg_backup_archiver.h` and `pg_backup_custom.c` of PostgreSQL define it.
 */
import { DecompressError } from '../../../errors/errors.ts';
import type { DatabaseLocale } from './database-locale.ts';

/** The five bytes that every archive of pg_dump opens with. */
export const ARCHIVE_MAGIC = Buffer.from('PGDMP', 'latin1');

/** Archive versions (1.<minor>) whose layout is known here: pg_dump 9.0 to 18. */
export const OLDEST_MINOR = 12;
export const NEWEST_MINOR = 16;

export interface TocEntry {
  readonly dumpId: number;
  /** TABLE, TABLE DATA, VIEW, FK CONSTRAINT, … */
  readonly desc: string;
  /** Empty if the object isn't in a schema. */
  readonly namespace: string;
  /** The name as pg_dump writes it, unquoted: `orders`, `f(integer)`, `orders orders_pkey`. */
  readonly tag: string;
  readonly owner: string;
  /** A block of data for this entry follows the table of contents. */
  readonly hasData: boolean;
  /** Where in the archive the list of its dependencies begins, which reaches to `offsetAt`. */
  readonly dependenciesAt: number;
  /** Where in the archive the entry says where its block of data is: a state byte, then the block's position. */
  readonly offsetAt: number;
  /** Empty if the entry doesn't say, as for the default tablespace. */
  readonly tablespace: string;
  /** What makes an index, a foreign key, grants, or what the restoring user makes by itself; empty for other kinds. */
  readonly definition: string;
  /** A function whose text may read a table. */
  readonly readsTables: boolean;
  /** Why only a superuser may make it, in words; undefined if every owner may. */
  readonly demand: string | undefined;
  /** What `--clean` runs to drop the object; empty if it drops nothing. */
  readonly drop: string;
  /** dumpIds of the entries that this one needs. */
  readonly dependencies: readonly number[];
}

export interface Toc {
  /** The archive's version, such as `1.14`: a pg_restore reads up to its own and none above. */
  readonly version: string;
  /** Of the server that was dumped, such as `15.18 (Debian 15.18-0+deb12u1)`. */
  readonly serverVersion: string;
  /** Of the pg_dump that wrote it. */
  readonly dumpVersion: string;
  readonly databaseName: string;
  /** PostgreSQL's name of the client encoding, such as `UTF8`; empty if the archive doesn't say. */
  readonly encoding: string;
  /** Of the database that was dumped; undefined if the archive doesn't say. */
  readonly locale: DatabaseLocale | undefined;
  /** Whether a backslash in its texts stands for itself (`standard_conforming_strings`). */
  readonly standardStrings: boolean;
  readonly compression: 'none' | 'gzip' | 'lz4' | 'zstd';
  readonly entries: readonly TocEntry[];
}

/** Majors of PostgreSQL's clients that are in use, and whose reach is known here. */
export const OLDEST_CLIENT_MAJOR = 12;
export const NEWEST_CLIENT_MAJOR = 18;

/**
 * The oldest major of pg_restore that reads an archive: the ones before refuse it ("unsupported version (1.15) in file
 * header"), all later ones read it too. Undefined if the archive is newer than every version known here.
 *
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

/** The dump tool died before it was done, or the bytes were cut off afterwards. */
export function endsHalfWay(detail: string): DecompressError {
  return new DecompressError(`the dump ends half-way: ${detail}`, { hint: OTHER_BACKUP });
}

/** All bytes are there, but they are not an archive as pg_dump writes it. */
export function notSound(detail: string): DecompressError {
  return new DecompressError(`the dump is not a sound PostgreSQL archive: ${detail}`, {
    hint: 'Restore another backup of this database, and make a new one.',
  });
}
