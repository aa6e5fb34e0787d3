/**
 * One meaning of `ssl_mode` for every client. Pure: it returns the settings for each library and tool. They are always
 * explicit, because defaults differ from version to version (from 11.4 on, MariaDB's client refuses servers without
 * TLS).
 */
import type { SslMode } from '../../databases/names.ts';

interface TlsSettings {
  rejectUnauthorized: boolean;
  /** The PEM certificates to trust. */
  ca?: string;
  /** Accepts any host name in the certificate. */
  checkServerIdentity?: () => undefined;
}

/** How a library connects. False means without encryption. */
export type TlsAttempt = TlsSettings | false;

/** Encrypted, but without checking the server's identity. */
const ANY_CERTIFICATE: TlsSettings = { rejectUnauthorized: false };

/**
 * The attempts of a Node.js client. `allow` and `prefer` make two, as libpq does.
 * @param ca PEM certificates to trust, for the modes that verify.
 */
export function tlsAttempts(mode: SslMode, ca: string): TlsAttempt[] {
  switch (mode) {
    case 'disable':
      return [false];
    case 'allow':
      return [false, ANY_CERTIFICATE];
    case 'prefer':
      return [ANY_CERTIFICATE, false];
    case 'require':
      return [ANY_CERTIFICATE];
    case 'verify-ca':
      return [{ rejectUnauthorized: true, ca, checkServerIdentity: () => undefined }];
    case 'verify-full':
      return [{ rejectUnauthorized: true, ca }];
  }
}

/** For MySQL and MariaDB, whose clients have no mode between "any certificate" and "the right one". */
export function mysqlTlsMode(mode: SslMode): SslMode {
  return mode === 'verify-ca' ? 'verify-full' : mode;
}

export function verifies(mode: SslMode): boolean {
  return mode === 'verify-ca' || mode === 'verify-full';
}

/** libpq's own variables. It supports all six modes. */
export function libpqTls(mode: SslMode, caFile: string): Record<string, string> {
  return { PGSSLMODE: mode, PGGSSENCMODE: 'disable', ...(verifies(mode) ? { PGSSLROOTCERT: caFile } : {}) };
}

/** Whether the program is `mysql` or `mariadb`, because their flags differ. */
export type MysqlClientFlavour = 'mariadb' | 'oracle';

/**
 * @param encrypted whether the first connection was encrypted. In the modes `allow` and `prefer`, that decides which
 * option is used.
 */
export function mysqlToolTls(flavour: MysqlClientFlavour, mode: SslMode, encrypted: boolean, caFile: string): string[] {
  if (verifies(mode)) {
    return flavour === 'oracle'
      ? ['--ssl-mode=VERIFY_IDENTITY', `--ssl-ca=${caFile}`]
      : ['--ssl', '--ssl-verify-server-cert', `--ssl-ca=${caFile}`];
  }
  if (encrypted) {
    return flavour === 'oracle' ? ['--ssl-mode=REQUIRED'] : ['--ssl', '--skip-ssl-verify-server-cert'];
  }
  return flavour === 'oracle' ? ['--ssl-mode=DISABLED', '--get-server-public-key'] : ['--skip-ssl'];
}
