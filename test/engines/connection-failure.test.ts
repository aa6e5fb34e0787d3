import { expect, it } from 'vitest';
import type { SslMode } from '../../lib/databases/names.ts';
import { connectionHint } from '../../lib/engines/connection-failure.ts';

const where = (ssl_mode: SslMode = 'prefer') => ({ host: 'db.example.com', port: 5432, username: 'jagad', ssl_mode });

it.each<[code: string, message: string, mode: SslMode, hint: RegExp]>([
  ['ENOTFOUND', 'getaddrinfo ENOTFOUND db.example.com', 'prefer', /no address for db\.example\.com/],
  ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN', 'prefer', /DNS/],
  ['ECONNREFUSED', 'connect ECONNREFUSED', 'prefer', /nothing listens on port 5432/],
  ['ETIMEDOUT', 'connect ETIMEDOUT', 'prefer', /security groups/],
  ['', 'timeout expired', 'prefer', /security groups/],
  ['EHOSTUNREACH', 'connect EHOSTUNREACH', 'prefer', /firewalls/],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'verify-full', /Set ca_bundle/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate', 'verify-ca', /Set ca_bundle/],
  ['HANDSHAKE_SSL_ERROR', 'self-signed certificate', 'verify-full', /Set ca_bundle/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', "does not match certificate's altnames", 'verify-full', /not made out to db\.exam/],
  ['HANDSHAKE_SSL_ERROR', "Host: x. does not match certificate's altnames: y", 'verify-full', /not made out to/],
  ['CERT_HAS_EXPIRED', 'certificate has expired', 'verify-full', /Renew .*expired/],
  ['', 'The server does not support SSL connections', 'require', /it has none, and ssl_mode require/],
  ['HANDSHAKE_NO_SSL_SUPPORT', 'Server does not support secure connection', 'verify-full', /ssl_mode verify-full/],
  ['28000', 'no pg_hba.conf entry for host "1.2.3.4", no encryption', 'disable', /insists on TLS/],
  ['28000', 'no pg_hba.conf entry for host "1.2.3.4", no encryption', 'prefer', /Allow jagad from this address/],
  ['28000', 'no pg_hba.conf entry for host "1.2.3.4", SSL encryption', 'require', /Allow jagad/],
  ['ER_SECURE_TRANSPORT_REQUIRED', 'Connections using insecure transport are prohibited', 'disable', /insists on TLS/],
  ['28P01', 'password authentication failed for user "jagad"', 'prefer', /refuses jagad with this password/],
  ['ER_ACCESS_DENIED_ERROR', "Access denied for user 'jagad'@'1.2.3.4'", 'prefer', /refuses jagad/],
  ['ER_HOST_NOT_PRIVILEGED', "Host '1.2.3.4' is not allowed to connect", 'prefer', /refuses logins from it/],
  ['ER_HOST_IS_BLOCKED', "Host '1.2.3.4' is blocked", 'prefer', /FLUSH HOSTS/],
  ['53300', 'sorry, too many clients already', 'prefer', /End some connections of the server/],
  ['ER_CON_COUNT_ERROR', 'Too many connections', 'prefer', /End some connections of the server/],
  ['3D000', 'database "template1" does not exist', 'prefer', /Create a database called postgres/],
  ['', 'something else', 'prefer', /^Check host, port, username, password and ssl_mode\.$/],
])('%s %s (%s)', (code, message, mode, hint) => {
  expect(connectionHint({ code, message }, where(mode))).toMatch(hint);
});
