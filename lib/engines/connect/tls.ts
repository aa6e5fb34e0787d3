/**
 * One meaning of `ssl_mode` for every client. Pure: the settings for each library and tool, always explicit, since
 * their defaults differ from version to version (MariaDB's client refuses servers without TLS from 11.4 on).
 */
import type { SslMode } from '../../databases/names.ts';

interface TlsSettings {
  rejectUnauthorized: boolean;
  /** PEM certificates that are trusted. */
  ca?: string;
  /** Accepts a certificate whatever name it is for. */
  checkServerIdentity?: () => undefined;
}

/** How a library connects; false is without encryption. */
export type TlsAttempt = TlsSettings | false;

/** Encrypted, without checking who answers. */
const ANY_CERTIFICATE: TlsSettings = { rejectUnauthorized: false };

/**
 * The attempts for a Node.js client. `allow` and `prefer` have two, as libpq does.
 * @param ca PEM certificates that are trusted; used by the verifying modes.
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

/** libpq's own variables; it knows all six modes. */
export function libpqTls(mode: SslMode, caFile: string): Record<string, string> {
  return { PGSSLMODE: mode, PGGSSENCMODE: 'disable', ...(verifies(mode) ? { PGSSLROOTCERT: caFile } : {}) };
}

/** Which program `mysql` or `mariadb` is: their flags differ. */
export type MysqlClientFlavour = 'mariadb' | 'oracle';

/**
 * @param encrypted whether the first connection was encrypted: that decides between the two options of `allow` and
 * `prefer`.
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
