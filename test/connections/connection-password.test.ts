/** Where a connection's password comes from, and what the error says if there is none. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { passwordOf, requirePassword } from '../../lib/connections/connection-password.ts';
import { secretNames } from '../../lib/connections/secret-names.ts';
import type { Secrets } from '../../lib/connections/secrets.ts';
import { Impossible, RestoreError } from '../../lib/errors/errors.ts';
import { type ListeningServer, serveJsonService } from '../../lib/local/aws/json-service.ts';
import { ServiceFault } from '../../lib/local/aws/service-fault.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import { aConnection } from '../support/records.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:rds!db-1';
const values = new Map<string, string>();
const closed = new Map<string, string>();
let server: ListeningServer;
let secrets: Secrets;

beforeAll(async () => {
  server = await serveJsonService(
    {
      GetSecretValue: ({ SecretId }: { SecretId: string }) => {
        const fault = closed.get(SecretId) ?? (values.has(SecretId) ? undefined : 'ResourceNotFoundException');
        if (fault !== undefined) throw new ServiceFault(fault, `no ${SecretId}`);
        return { SecretString: values.get(SecretId) };
      },
    },
    { service: 'secretsmanager', credentials: LOCAL_CREDENTIALS },
  );
  const credentials = LOCAL_CREDENTIALS;
  const client = new SecretsManagerClient({ endpoint: server.url, region: 'us-east-1', credentials });
  secrets = { client, names: secretNames('app') };
});
afterAll(() => server.close());

it("comes from the connection's own secret, or from the one that it names", async () => {
  const own = aConnection();
  values.set(`app/connections/${own.id}`, '{"password":"own"}');
  expect(await passwordOf(secrets, own)).toBe('own');
  values.set(ARN, '{"username":"admin","password":"rotated"}');
  expect(await passwordOf(secrets, { ...own, secret_arn: ARN })).toBe('rotated');
  await expect(requirePassword(secrets, own)).resolves.toBeUndefined();
});

it('is missing if there is no secret, or none with a password: a restore is impossible', async () => {
  const connection = aConnection({ name: 'Staging' });
  const message = 'the connection Staging has no password';
  await expect(passwordOf(secrets, connection)).rejects.toEqual(expect.objectContaining({ message }));
  await expect(passwordOf(secrets, connection)).rejects.toBeInstanceOf(RestoreError);
  const refused = requirePassword(secrets, connection);
  await expect(refused).rejects.toBeInstanceOf(Impossible);
  await expect(refused).rejects.toMatchObject({ message, hint: `Set it with PUT /api/connections/${connection.id}.` });
  for (const text of ['{"password":""}', 'password', '{"username":"x"}']) {
    values.set(ARN, text);
    await expect(requirePassword(secrets, { ...connection, secret_arn: ARN })).rejects.toMatchObject({
      message,
      hint: expect.stringContaining(ARN),
    });
  }
});

it.each(['AccessDeniedException', 'DecryptionFailure'])('may not be read: %s', async (fault) => {
  closed.set(ARN, fault);
  const connection = aConnection({ name: 'RDS', secret_arn: ARN });
  await expect(passwordOf(secrets, connection)).rejects.toBeInstanceOf(RestoreError);
  const refused = requirePassword(secrets, connection);
  await expect(refused).rejects.toBeInstanceOf(Impossible);
  await expect(refused).rejects.toMatchObject({
    message: 'the service may not read the secret of the connection RDS',
    hint: expect.stringContaining(ARN),
  });
  closed.clear();
});
