import { SecretsManagerServiceException } from '@aws-sdk/client-secrets-manager';
import { Impossible, RestoreError } from '../errors/errors.ts';
import { readSecretFields, textOf } from '../storage/secrets/secrets.ts';
import type { Connection } from './model.ts';
import type { Secrets } from './secrets.ts';
import { isForOther } from './stored-secret.ts';

/** The errors of Secrets Manager if this code may not read the secret or use its key. */
const NO_ENTRY = ['AccessDeniedException', 'DecryptionFailure'];

/**
 * The connection's current password, read each time because RDS rotates its secrets.
 * @throws RestoreError if there is none.
 */
export function passwordOf(secrets: Secrets, connection: Connection): Promise<string> {
  return readPassword(secrets, connection, RestoreError);
}

/** @throws Impossible if the connection has no password, because a restore would then fail. */
export async function requirePassword(secrets: Secrets, connection: Connection): Promise<void> {
  await readPassword(secrets, connection, Impossible);
}

async function readPassword(
  { client, names }: Secrets,
  connection: Connection,
  Refusal: typeof RestoreError | typeof Impossible,
): Promise<string> {
  const { id, name, secret_arn } = connection;
  let secret: Readonly<Record<string, unknown>>;
  try {
    secret = await readSecretFields(client, secret_arn ?? names.connection(id));
  } catch (error) {
    if (!(error instanceof SecretsManagerServiceException && NO_ENTRY.includes(error.name))) throw error;
    throw new Refusal(`the service may not read the secret of the connection ${name}`, {
      hint: `Allow it to read ${secret_arn ?? 'its own secrets'}, and to use the KMS key that the secret is encrypted with.`,
      cause: error,
    });
  }
  const password = textOf(secret, 'password');
  // RDS's secret names the server that it was created for; this connection may be to that server's replica or proxy
  if (password !== undefined && secret_arn === null && isForOther(secret, connection)) {
    throw new Refusal(`the stored password of the connection ${name} was given for another server or user`, {
      hint: `Give it again with PUT /api/connections/${id}.`,
    });
  }
  if (password === undefined) {
    throw new Refusal(`the connection ${name} has no password`, {
      hint:
        secret_arn === null
          ? `Set it with PUT /api/connections/${id}.`
          : `Check the secret ${secret_arn}: it must exist, and hold JSON with a field "password".`,
    });
  }
  return password;
}
