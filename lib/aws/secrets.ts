import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';

const encryptionKeys = z.array(z.object({ id: z.string().min(1), value: z.string().min(1) }));

/** The secret's text, or undefined when there is no such secret or it has no value. */
export async function readSecret(client: SecretsManagerClient, nameOrArn: string): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: nameOrArn }));
    return SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** One field of a secret that is a JSON object, as RDS and this service write them. */
export async function readSecretField(
  client: SecretsManagerClient,
  nameOrArn: string,
  field: string,
): Promise<string | undefined> {
  const text = await readSecret(client, nameOrArn);
  if (text === undefined) return undefined;
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  const value = parsed.success ? parsed.data[field] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The encryption keys, the default first. */
export async function readEncryptionKeys(
  client: SecretsManagerClient,
  name: string,
): Promise<{ id: string; masterKey: string }[]> {
  const text = await readSecret(client, name);
  if (text === undefined) return [];
  const keys = encryptionKeys.safeParse(parseJson(text));
  // the parser's own message would quote the secret
  if (!keys.success) throw new Error(`the secret ${name} is not a JSON list of {"id", "value"}`);
  return keys.data.map(({ id, value }) => ({ id, masterKey: value }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
