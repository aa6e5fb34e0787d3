import { GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { secretNames } from '../../lib/connections/secret-names.ts';
import type { Secrets } from '../../lib/connections/secrets.ts';

export const TEST_SECRET_NAMES = secretNames('jagad-restore/test');

/**
 * Secrets that can be read, by their names; undefined for one that is known not to be there. Throws on any other name,
 * and on writing.
 */
export function secretsOf(values: Map<string, string | undefined>): Secrets {
  const send = async (command: unknown) => {
    if (!(command instanceof GetSecretValueCommand)) throw new Error('not told of this command');
    const name = command.input.SecretId ?? '';
    if (!values.has(name)) throw new Error(`not told of the secret ${name}`);
    const SecretString = values.get(name);
    if (SecretString === undefined) throw new ResourceNotFoundException({ message: name, $metadata: {} });
    return { SecretString, VersionId: 'v1' };
  };
  return { client: { send }, names: TEST_SECRET_NAMES } as unknown as Secrets;
}
