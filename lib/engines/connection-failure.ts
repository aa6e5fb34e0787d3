/** What to do if a login to a database server fails. Pure. */

import { certificateFault } from '../errors/certificate-fault.ts';
import type { Server } from './connect/connect.ts';

export interface ConnectionFault {
  /** A network code (`ECONNREFUSED`), a TLS code, a SQLSTATE, or MySQL's `ER_…`. */
  code?: string | undefined;
  message: string;
}

type Where = Pick<Server, 'host' | 'port' | 'username' | 'ssl_mode'>;

/** The first rule that matches decides what to do. */
const RULES: readonly [
  fits: (fault: Required<ConnectionFault>, where: Where) => boolean,
  hint: (w: Where) => string,
][] = [
  [
    ({ code }) => code === 'ENOTFOUND' || code === 'EAI_AGAIN',
    ({ host }) => `Check host, and the DNS of this network: it has no address for ${host}.`,
  ],
  [
    ({ code }) => code === 'ECONNREFUSED',
    ({ host, port }) => `Check host and port, and that the server is up: nothing listens on port ${port} of ${host}.`,
  ],
  [
    ({ code, message }) => /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code) || /timeout expired/.test(message),
    ({ port }) => `Check host and port, and that security groups and firewalls let this network reach port ${port}.`,
  ],
  [
    (fault) => certificateFault(fault) === 'other name',
    ({ host }) => `Connect by the name in the server's certificate: it is not made out to ${host}.`,
  ],
  [(fault) => certificateFault(fault) === 'expired', () => "Renew the server's certificate: it has expired."],
  [
    (fault) => certificateFault(fault) === 'not valid yet',
    () => "Check the clocks of both machines: the server's certificate is not valid yet.",
  ],
  [
    (fault) => certificateFault(fault) === 'untrusted',
    () => "Set ca_bundle to the certificate of the authority that signed the server's.",
  ],
  [
    ({ code, message }) => code === 'HANDSHAKE_NO_SSL_SUPPORT' || /does not support (SSL|secure)/i.test(message),
    ({ ssl_mode }) => `Switch TLS on at the server: it has none, and ssl_mode ${ssl_mode} requires it.`,
  ],
  [
    ({ code, message }, { ssl_mode }) =>
      code === 'ER_SECURE_TRANSPORT_REQUIRED' ||
      /insecure transport/.test(message) ||
      (ssl_mode === 'disable' && /no encryption|SSL off/.test(message)),
    () => 'Set ssl_mode to require, or better to verify-full: the server insists on TLS.',
  ],
  [
    ({ message }) => message.includes('pg_hba.conf'),
    ({ username }) => `Allow ${username} from this address in the server's pg_hba.conf.`,
  ],
  [
    ({ code, message }) =>
      /^(28P01|28000|ER_ACCESS_DENIED_ERROR|1045)$/.test(code) || /password authentication failed/.test(message),
    ({ username }) => `Check username and password: the server refuses ${username} with this password.`,
  ],
  [
    ({ code }) => code === 'ER_HOST_NOT_PRIVILEGED' || code === 'ER_HOST_IS_BLOCKED',
    ({ username }) =>
      `Give ${username} a host that covers this address, and run FLUSH HOSTS if it is blocked: the server refuses logins from it.`,
  ],
  [
    ({ code }) => code === '53300' || code === 'ER_CON_COUNT_ERROR' || code === 'ER_USER_LIMIT_REACHED',
    () => 'End some connections of the server, or raise its limit: it has none left.',
  ],
  [
    ({ code }) => code === '3D000',
    () => 'Create a database called postgres: the server has neither that nor template1 to connect to.',
  ],
];

/** What to do, in one sentence. */
export function connectionHint(fault: ConnectionFault, where: Where): string {
  const full = { code: fault.code ?? '', message: fault.message };
  const rule = RULES.find(([fits]) => fits(full, where));
  return rule?.[1](where) ?? 'Check host, port, username, password and ssl_mode.';
}
