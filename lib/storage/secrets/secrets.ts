import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import pRetry from 'p-retry';
import { z } from 'zod';

/**
 * After a secret is deleted without a recovery window, its name stays in use for a moment (DeleteSecret,
 * ForceDeleteWithoutRecovery).
 */
const WRITE_TRIES = 5;
const WRITE_PAUSE_MS = 1000;
/** How often to try: others may change the same secret at the same time, and each time only one of them succeeds. */
const CHANGE_TRIES = 20;
const CURRENT = 'AWSCURRENT';
/** The label of a version that is about to become the current one. */
const PROPOSED = 'JAGADPROPOSED';

/** What code needs to create secrets. New ones are encrypted with the KMS key. */
export interface SecretWriter {
  client: SecretsManagerClient;
  keyArn: string;
}

/** The secret's text, or undefined if there is no such secret or it has no value. */
export async function readSecret(client: SecretsManagerClient, nameOrArn: string): Promise<string | undefined> {
  return (await readVersion(client, nameOrArn))?.text;
}

async function readVersion(
  client: SecretsManagerClient,
  nameOrArn: string,
): Promise<{ text: string | undefined; version: string | undefined } | undefined> {
  try {
    const { SecretString, VersionId } = await client.send(new GetSecretValueCommand({ SecretId: nameOrArn }));
    return { text: SecretString, version: VersionId };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Sets a secret's text, whether or not the secret exists. */
export async function writeSecret(secrets: SecretWriter, name: string, text: string): Promise<void> {
  const write = async () => {
    try {
      await secrets.client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
    } catch (error) {
      const isNew = error instanceof ResourceNotFoundException && (await createSecret(secrets, name, text));
      if (!isNew) throw error;
    }
  };
  await pRetry(write, {
    retries: WRITE_TRIES - 1,
    minTimeout: WRITE_PAUSE_MS,
    factor: 1,
    shouldRetry: ({ error }) => error instanceof ResourceNotFoundException || error instanceof InvalidRequestException,
  });
}

/** Returns false if the secret exists, or if a deleted one still does. */
async function createSecret({ client, keyArn }: SecretWriter, name: string, text: string): Promise<boolean> {
  try {
    await client.send(new CreateSecretCommand({ Name: name, SecretString: text, KmsKeyId: keyArn }));
    return true;
  } catch (error) {
    if (error instanceof ResourceExistsException || error instanceof InvalidRequestException) return false;
    throw error;
  }
}

/** Deletes a secret permanently, if it exists. There is no recovery window, because what it opens is deleted too. */
export async function deleteSecret(client: SecretsManagerClient, name: string): Promise<void> {
  try {
    await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}

/**
 * Changes a secret depending on its content. Concurrent changes lose nothing: the new version only becomes the current
 * one if the version that was read still is (UpdateSecretVersionStage, RemoveFromVersionId).
 * @param change gets the text, or undefined if there is none. It may be called more than once. If it throws, nothing is
 * changed.
 */
export async function changeSecret(
  secrets: SecretWriter,
  name: string,
  change: (text: string | undefined) => string,
): Promise<void> {
  const { client } = secrets;
  for (let tries = 1; ; tries++) {
    const before = await readVersion(client, name);
    const text = change(before?.text);
    try {
      if (before?.version === undefined) {
        if (await createSecret(secrets, name, text)) return;
      } else {
        const proposed = randomUUID();
        await client.send(
          new PutSecretValueCommand({
            SecretId: name,
            SecretString: text,
            ClientRequestToken: proposed,
            VersionStages: [PROPOSED],
          }),
        );
        await client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: name,
            VersionStage: CURRENT,
            MoveToVersionId: proposed,
            RemoveFromVersionId: before.version,
          }),
        );
        return;
      }
    } catch (error) {
      // Secrets Manager's way of saying that another version has become current
      const isLate = error instanceof InvalidParameterException || error instanceof InvalidRequestException;
      if (!isLate) throw error;
    }
    if (tries === CHANGE_TRIES) throw new Error(`the secret ${name} keeps changing`);
    await sleep(Math.random() * 100 * tries);
  }
}

/** One field of a secret that is a JSON object, as RDS and this service write them. */
export async function readSecretField(
  client: SecretsManagerClient,
  nameOrArn: string,
  field: string,
): Promise<string | undefined> {
  return textOf(await readSecretFields(client, nameOrArn), field);
}

/** A secret that is a JSON object; empty if there is none, or if it is something else. */
export async function readSecretFields(
  client: SecretsManagerClient,
  nameOrArn: string,
): Promise<Readonly<Record<string, unknown>>> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson((await readSecret(client, nameOrArn)) ?? ''));
  return parsed.success ? parsed.data : {};
}

/** A field of a secret, if it is a text. */
export function textOf(secret: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = secret[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Undefined if the text isn't JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
