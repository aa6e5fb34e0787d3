/** Connection tests. They have a function of their own, because it has to run in the databases' network. */
import { randomUUID } from 'node:crypto';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { passwordOf } from '../lib/connections/connection-password.ts';
import { type Connection, connection } from '../lib/connections/model.ts';
import type { ConnectionTest } from '../lib/connections/schemas.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { type ChangedDestination, movedPassword } from '../lib/connections/stored-secret.ts';
import { testConnection } from '../lib/connections/test-connection.ts';
import { checkCertificates } from '../lib/engines/connect/trusted-certificates.ts';
import { Impossible, RestoreError } from '../lib/errors/errors.ts';
import { json } from './http/answers.ts';
import { find } from './http/find.ts';
import { apiHandler } from './http/handler.ts';
import { refuseChangedDestination } from './http/stored-secret.ts';

/** the databases of the newest backups are the ones most likely to be restored */
const BACKUPS_LOOKED_AT = 100;

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS]);
const records = openRecords(env);
const secrets = openSecrets(env);

export const handler = apiHandler('connection-tests', records, {
  'POST /api/connections/test': async ({ body: { id, password, cipher_pass: _, ...fields }, noteDetail }) => {
    checkCertificates(fields.ca_bundle);
    const stored = id === undefined ? undefined : await find(records.connections, id, 'connection');
    // nothing about the test is stored, so only the log says where a password was sent
    noteDetail(
      `${fields.username} at ${fields.host}:${fields.port}${fields.secret_arn ? ` with ${fields.secret_arn}` : ''}`,
    );
    if (fields.secret_arn !== null) await refuseOthersSecret(fields.secret_arn, fields);
    else if (password === undefined) {
      if (stored === undefined) {
        throw new Impossible('there is no password to test with', {
          hint: 'Give a password, or the ARN of a secret.',
        });
      }
      refuseChangedDestination(movedPassword(stored, fields));
    }
    const now = new Date().toISOString();
    const draft = connection.parse({ ...fields, id: id ?? randomUUID(), created_at: now, updated_at: now });
    return json(200, await test(draft, password));
  },

  'POST /api/connections/{id}/test': async ({ id }) =>
    json(200, await test(await find(records.connections, id, 'connection'))),
});

/** @throws Impossible if stored connections use the secret, but only with other servers. */
async function refuseOthersSecret(secretArn: string, typed: Parameters<typeof movedPassword>[1]): Promise<void> {
  let moved: ChangedDestination | undefined;
  for await (const connection of records.connections.all()) {
    if (connection.secret_arn !== secretArn) continue;
    moved = movedPassword(connection, typed);
    if (moved === undefined) return;
  }
  refuseChangedDestination(moved);
}

async function test(connection: Connection, typedPassword?: string): Promise<ConnectionTest> {
  const backups = await records.backups.list({ connection_id: connection.id }, { limit: BACKUPS_LOOKED_AT });
  const databases = new Set(backups.records.map(({ database_name }) => database_name));
  try {
    const password = typedPassword ?? (await passwordOf(secrets, connection));
    return await testConnection({ connection, password }, [...databases]);
  } catch (error) {
    if (!(error instanceof RestoreError)) throw error;
    return withoutPassword(error);
  }
}

function withoutPassword({ message, hint }: RestoreError): ConnectionTest {
  return { ok: false, server_version: null, tls: null, rights: [], error: message, hint: hint ?? null };
}
