import { describe, expect, it } from 'vitest';
import { SSL_MODES, type SslMode } from '../../../lib/databases/names.ts';
import { libpqTls, mysqlTlsMode, mysqlToolTls, tlsAttempts, verifies } from '../../../lib/engines/connect/tls.ts';

const CA = '/private/ca.pem';

describe('the tools of MySQL and MariaDB', () => {
  const oracle: Record<SslMode, [plain: string[], encrypted: string[]]> = {
    disable: [['--ssl-mode=DISABLED', '--get-server-public-key'], ['--ssl-mode=REQUIRED']],
    allow: [['--ssl-mode=DISABLED', '--get-server-public-key'], ['--ssl-mode=REQUIRED']],
    prefer: [['--ssl-mode=DISABLED', '--get-server-public-key'], ['--ssl-mode=REQUIRED']],
    require: [['--ssl-mode=DISABLED', '--get-server-public-key'], ['--ssl-mode=REQUIRED']],
    'verify-ca': [
      ['--ssl-mode=VERIFY_IDENTITY', `--ssl-ca=${CA}`],
      ['--ssl-mode=VERIFY_IDENTITY', `--ssl-ca=${CA}`],
    ],
    'verify-full': [
      ['--ssl-mode=VERIFY_IDENTITY', `--ssl-ca=${CA}`],
      ['--ssl-mode=VERIFY_IDENTITY', `--ssl-ca=${CA}`],
    ],
  };
  const verified = ['--ssl', '--ssl-verify-server-cert', `--ssl-ca=${CA}`];
  const mariadb: typeof oracle = {
    disable: [['--skip-ssl'], ['--ssl', '--skip-ssl-verify-server-cert']],
    allow: [['--skip-ssl'], ['--ssl', '--skip-ssl-verify-server-cert']],
    prefer: [['--skip-ssl'], ['--ssl', '--skip-ssl-verify-server-cert']],
    require: [['--skip-ssl'], ['--ssl', '--skip-ssl-verify-server-cert']],
    'verify-ca': [verified, verified],
    'verify-full': [verified, verified],
  };

  it.each(
    SSL_MODES.flatMap(
      (mode) =>
        [
          [mode, false],
          [mode, true],
        ] as const,
    ),
  )('%s, encrypted: %s', (mode, encrypted) => {
    expect(mysqlToolTls('oracle', mode, encrypted, CA)).toEqual(oracle[mode][encrypted ? 1 : 0]);
    expect(mysqlToolTls('mariadb', mode, encrypted, CA)).toEqual(mariadb[mode][encrypted ? 1 : 0]);
  });

  it('have no mode between any certificate and full verification', () => {
    expect(SSL_MODES.map(mysqlTlsMode)).toEqual([
      'disable',
      'allow',
      'prefer',
      'require',
      'verify-full',
      'verify-full',
    ]);
  });
});

it.each(SSL_MODES)('libpq gets %s, and whom to trust if it verifies', (mode) => {
  const told = { PGSSLMODE: mode, PGGSSENCMODE: 'disable' };
  expect(libpqTls(mode, CA)).toEqual(mode.startsWith('verify') ? { ...told, PGSSLROOTCERT: CA } : told);
  expect(verifies(mode)).toBe(mode.startsWith('verify'));
});

it.each([
  ['disable', ['plain']],
  ['allow', ['plain', 'any']],
  ['prefer', ['any', 'plain']],
  ['require', ['any']],
  ['verify-ca', ['trusted']],
  ['verify-full', ['trusted, named']],
] as const)('the client library tries for %s: %j', (mode, expected) => {
  const names = tlsAttempts(mode, 'PEM').map((attempt) => {
    if (attempt === false) return 'plain';
    if (!attempt.rejectUnauthorized) return 'any';
    expect(attempt.ca).toBe('PEM');
    return attempt.checkServerIdentity ? 'trusted' : 'trusted, named';
  });
  expect(names).toEqual(expected);
});
