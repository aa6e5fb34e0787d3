import { readSecretField } from './secrets.ts';
import type { Secrets } from './services.ts';

/** What the pgBackRest repository of a connection's server is encrypted with, or undefined where it is not. */
export function readCipherPass({ client, names }: Secrets, connectionId: string): Promise<string | undefined> {
  return readSecretField(client, names.cipherPass(connectionId), 'cipher_pass');
}
