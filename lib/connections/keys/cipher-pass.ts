import { readSecretField } from '../../storage/secrets/secrets.ts';
import type { Secrets } from '../secrets.ts';

/**
 * The passphrase of the pgBackRest repository of a connection's server, or undefined if the repository isn't encrypted.
 */
export function readCipherPass({ client, names }: Secrets, connectionId: string): Promise<string | undefined> {
  return readSecretField(client, names.cipherPass(connectionId), 'cipher_pass');
}
