/** What to do when a database server could not be logged in to. Pure. */
import { certificateFault } from './certificate-fault.ts';
import type { Connection } from './records.ts';

export interface ConnectionFault {
  /** Of the network (`ECONNREFUSED`), of TLS, a SQLSTATE, or MySQL's `ER_…`. */
  code?: string | undefined;
  message: string;
}

type Where = Pick<Connection, 'host' | 'port' | 'username' | 'ssl_mode'>;

/** The first rule that fits says what to do. */
const RULES: readonly [
  fits: (fault: Required<ConnectionFault>, where: Where) => boolean,
  hint: (w: Where) => string,
][] = [
  [
    ({ code }) => code === 'ENOTFOUND' || code === 'EAI_AGAIN',
    ({ host }) => `No address is known for ${host}: check host, and the DNS of the network that this runs in.`,
  ],
  [
    ({ code }) => code === 'ECONNREFUSED',
    ({ host, port }) => `Nothing listens on port ${port} of ${host}: check host and port, and that the server is up.`,
  ],
  [
    ({ code, message }) => /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code) || /timeout expired/.test(message),
    ({ port }) => `Check host and port, and that security groups and firewalls let this network reach port ${port}.`,
  ],
  [
    (fault) => certificateFault(fault) === 'other name',
    ({ host }) => `The server's certificate is made out to another name than ${host}: connect by the name in it.`,
  ],
  [(fault) => certificateFault(fault) === 'expired', () => "The server's certificate has expired: renew it."],
  [
    (fault) => certificateFault(fault) === 'not valid yet',
    () => "The server's certificate is not valid yet: check the clocks of both machines.",
  ],
  [
    (fault) => certificateFault(fault) === 'untrusted',
    () => "Set ca_bundle to the certificate of the authority that signed the server's.",
  ],
  [
    ({ code, message }) => code === 'HANDSHAKE_NO_SSL_SUPPORT' || /does not support (SSL|secure)/i.test(message),
    ({ ssl_mode }) => `The server speaks no TLS, and ssl_mode ${ssl_mode} insists on it: switch it on at the server.`,
  ],
  [
    ({ code, message }, { ssl_mode }) =>
      code === 'ER_SECURE_TRANSPORT_REQUIRED' ||
      /insecure transport/.test(message) ||
      (ssl_mode === 'disable' && /no encryption|SSL off/.test(message)),
    () => 'The server insists on TLS: set ssl_mode to require, or better to verify-full.',
  ],
  [
    ({ message }) => message.includes('pg_hba.conf'),
    ({ username }) => `Allow ${username} from this address in the server's pg_hba.conf.`,
  ],
  [
    ({ code, message }) =>
      /^(28P01|28000|ER_ACCESS_DENIED_ERROR|1045)$/.test(code) || /password authentication failed/.test(message),
    ({ username }) => `Check username and password: the server refuses ${username} with this one.`,
  ],
  [
    ({ code }) => code === 'ER_HOST_NOT_PRIVILEGED' || code === 'ER_HOST_IS_BLOCKED',
    ({ username }) =>
      `The server takes no logins from this address: give ${username} a host that covers it, and run FLUSH HOSTS if it is blocked.`,
  ],
  [
    ({ code }) => code === '53300' || code === 'ER_CON_COUNT_ERROR' || code === 'ER_USER_LIMIT_REACHED',
    () => 'The server has no connection left: end some, or raise its limit.',
  ],
  [
    ({ code }) => code === '3D000',
    () => 'The server has neither a database postgres nor template1 to connect to: create one called postgres.',
  ],
];

/** One sentence on what to do. */
export function connectionHint(fault: ConnectionFault, where: Where): string {
  const full = { code: fault.code ?? '', message: fault.message };
  const rule = RULES.find(([fits]) => fits(full, where));
  return rule?.[1](where) ?? 'Check host, port, username, password and ssl_mode.';
}
