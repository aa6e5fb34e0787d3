/** What an SQL dump says about itself in its first comments. Pure. */

import { DUMP_KIND_BYTES } from './dump-kind.ts';
import { dumpedServerVersion } from './dumped-server-version.ts';
import { mysqlFamilyType } from './mysql.ts';
import type { DbType } from './names.ts';

export interface SqlDumpOrigin {
  /** The engine of the dumped server, whichever tool dumped it. */
  dbType: DbType | undefined;
  /** Such as `mariadb-dump 10.11.19-MariaDB`. */
  tool: string | undefined;
  database: string | undefined;
}

/** The comments are within this many bytes at the beginning. */
export const ORIGIN_BYTES = 2 * DUMP_KIND_BYTES;

const POSTGRES = /^-- PostgreSQL database dump$/m;
const PG_DUMP = /^-- Dumped by pg_dump version (\S+)/m;
/** The version's form is `10.13  Distrib 9.7.4` up to MariaDB 10, and `10.19-11.8.3-MariaDB` from 11 on. */
const MYSQLDUMP = /^-- (MySQL|MariaDB) dump [\d.]+(?:\s+Distrib |-)([^,\s]+)/m;
const MYSQL_DATABASE = /^-- Host: .*\sDatabase: (.+)$/m;

/** The database named in the dump's first comment by mysqldump or mariadb-dump. */
export function dumpedDatabase(comments: string): string | undefined {
  return MYSQL_DATABASE.exec(comments)?.[1]?.trim() || undefined;
}

/** @param first the first ORIGIN_BYTES of an SQL dump */
export function sqlDumpOrigin(first: Buffer): SqlDumpOrigin {
  const text = first.subarray(0, ORIGIN_BYTES).toString('utf8');
  if (POSTGRES.test(text)) {
    const version = PG_DUMP.exec(text)?.[1];
    return { dbType: 'postgresql', tool: version && `pg_dump ${version}`, database: undefined };
  }
  const [, dumpedAs, version] = MYSQLDUMP.exec(text) ?? [];
  if (dumpedAs === undefined) return { dbType: undefined, tool: undefined, database: undefined };
  const server = dumpedServerVersion(first);
  return {
    dbType: server === undefined ? undefined : mysqlFamilyType(server),
    tool: `${dumpedAs === 'MariaDB' ? 'mariadb-dump' : 'mysqldump'} ${version}`,
    database: dumpedDatabase(text),
  };
}
