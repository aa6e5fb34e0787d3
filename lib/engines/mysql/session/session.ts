import mysql from 'mysql2/promise';
import type { Access } from '../../connect/connect.ts';
import { CONNECT_TIMEOUT_MS, cannotConnect, firstAccepted } from '../../connect/connect.ts';
import { endingWith, KEEPALIVE_MS, sessionSocket } from '../../connect/session-socket.ts';
import { mysqlTlsMode, tlsAttempts } from '../../connect/tls.ts';
import { trustedCertificates } from '../../connect/trusted-certificates.ts';

export interface MysqlSession {
  client: mysql.Connection;
  encrypted: boolean;
}

/** No server may request a file of this machine from a session, whatever statement was sent to the server. */
const NO_FILES = ['-LOCAL_FILES'];

/** Otherwise the driver would encode everything that it sends according to the session's last SET NAMES. */
const KEEP_CHARSET = ['-SESSION_TRACK'];

/**
 * Connects without selecting a database. A query is one statement, because the server refuses a second one.
 * @param charset `latin1` if a query's characters are the bytes to send
 * @throws RestoreError if the server can't be reached or refuses.
 */
export async function connectMysql(access: Access, charset: 'utf8mb4' | 'latin1' = 'utf8mb4'): Promise<MysqlSession> {
  const { connection, password, limits = {} } = access;
  const attempts = tlsAttempts(mysqlTlsMode(connection.ssl_mode), trustedCertificates(connection));
  try {
    return await firstAccepted(
      attempts,
      async (ssl) => {
        const { host, port, username: user } = connection;
        const socket = sessionSocket(limits);
        const connecting = mysql.createConnection({
          stream: () => socket.connect(port, host).setNoDelay(true).setKeepAlive(true, KEEPALIVE_MS),
          host,
          port,
          user,
          password,
          charset,
          flags: charset === 'utf8mb4' ? NO_FILES : [...NO_FILES, ...KEEP_CHARSET],
          connectTimeout: CONNECT_TIMEOUT_MS,
          // the library only checks the certificate's name if asked to
          ...(ssl === false ? {} : { ssl: { ...ssl, verifyIdentity: ssl.rejectUnauthorized } }),
        });
        const client = await endingWith(socket, connecting);
        // an error between queries (the server shuts down) is reported by the next query
        client.on('error', () => {});
        return { client, encrypted: ssl !== false };
      },
      (error) =>
        /HANDSHAKE_NO_SSL_SUPPORT|ER_SECURE_TRANSPORT_REQUIRED/.test(String((error as { code?: string }).code)),
    );
  } catch (error) {
    throw cannotConnect(access, error);
  }
}

/** Connects to a server on this machine that listens on a socket. Throws the driver's error. */
export async function connectMysqlSocket(
  socketPath: string,
  user: string,
  password: string,
): Promise<mysql.Connection> {
  const client = await mysql.createConnection({ socketPath, user, password, charset: 'utf8mb4', flags: NO_FILES });
  client.on('error', () => {}); // as above
  return client;
}

/** The rows as plain objects. */
export async function queryRows<Row>(client: mysql.Connection, sql: string, values: unknown[] = []): Promise<Row[]> {
  const [rows] = await client.query(sql, values);
  return rows as Row[];
}
