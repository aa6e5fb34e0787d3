/** Recognises the kind of database server on a port by the first bytes that it sends. Pure. */

import { mysqlFamilyType } from '../databases/mysql.ts';
import type { DbType } from '../databases/names.ts';

export interface Greeting {
  dbType: DbType;
  /** The version as the server reports it; undefined if the server doesn't report it before a login. */
  version: string | undefined;
}

const PACKET_HEADER_BYTES = 4;
const PROTOCOL_10 = 10;
/** MariaDB 10 sends this prefix, for replicas that know no version above 5. */
const REPLICATION_PREFIX = '5.5.5-';

/**
 * The message that asks a PostgreSQL server whether it supports TLS. It answers with one byte, `S` or `N`, and no other
 * server does. Format: PostgreSQL manual, "Message Formats", SSLRequest.
 */
export const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

export function isPostgresAnswer(bytes: Buffer): boolean {
  return bytes.length === 1 && (bytes[0] === 0x53 || bytes[0] === 0x4e);
}

/**
 * MySQL and MariaDB send the first message. Format: MySQL internals manual, "Protocol::HandshakeV10".
 * @param bytes received so far. The result is undefined until the greeting is complete.
 */
export function readMysqlGreeting(bytes: Buffer): Greeting | undefined {
  if (bytes.length <= PACKET_HEADER_BYTES || bytes[PACKET_HEADER_BYTES] !== PROTOCOL_10) return undefined;
  const end = bytes.indexOf(0, PACKET_HEADER_BYTES + 1);
  if (end < 0) return undefined;
  const text = bytes.toString('latin1', PACKET_HEADER_BYTES + 1, end);
  const version = text.startsWith(REPLICATION_PREFIX) ? text.slice(REPLICATION_PREFIX.length) : text;
  return /^\d/.test(version) ? { dbType: mysqlFamilyType(version), version } : undefined;
}
