import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type SecretNames, secretNames } from './secret-names.ts';

/** The environment variables that the secrets need. */
export const SECRET_SETTINGS = ['SECRETS_PREFIX', 'ENCRYPTION_KEYS_SECRET'] as const;

type SecretSettings = Record<(typeof SECRET_SETTINGS)[number], string>;

export interface Secrets {
  client: SecretsManagerClient;
  names: SecretNames;
}

export function openSecrets(env: SecretSettings): Secrets {
  const names = { ...secretNames(env.SECRETS_PREFIX), encryptionKeys: env.ENCRYPTION_KEYS_SECRET };
  return { client: new SecretsManagerClient({}), names };
}

/** Also allows creating secrets. */
export interface WritableSecrets extends Secrets {
  keyArn: string;
}

export function openWritableSecrets(env: SecretSettings & { SECRETS_KEY_ARN: string }): WritableSecrets {
  return { ...openSecrets(env), keyArn: env.SECRETS_KEY_ARN };
}
