/** The calls of `/api/connections` that keep the list of database servers. */
import { randomUUID } from 'node:crypto';
import { readEnvironment } from '../lib/aws/environment.ts';
import { deleteSecret, writeSecret } from '../lib/aws/secrets.ts';
import { openRecords, openWritableSecrets, RECORD_SETTINGS, SECRET_SETTINGS } from '../lib/aws/services.ts';
import { checkCertificates } from '../lib/databases/trusted-certificates.ts';
import { Conflict } from '../lib/domain/errors.ts';
import type { Connection } from '../lib/domain/records.ts';
import { json, listAnswer, noContent } from './http/answers.ts';
import { find } from './http/find.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'SECRETS_KEY_ARN']);
const records = openRecords(env);
const secrets = openWritableSecrets(env);

export const handler = apiHandler('connections', records, {
  'GET /api/connections': async ({ event, query }) => listAnswer(event, await records.connections.list({}, query)),

  'POST /api/connections': async ({ body: { password, ...fields } }) => {
    checkCertificates(fields.ca_bundle);
    const now = new Date().toISOString();
    const connection: Connection = { id: randomUUID(), ...fields, created_at: now, updated_at: now };
    if (password !== undefined) await storePassword(connection.id, password);
    await records.connections.insert(connection);
    return json(201, connection);
  },

  'GET /api/connections/{id}': async ({ id }) => json(200, await findConnection(id)),

  'PUT /api/connections/{id}': async ({ id, body: { password, ...fields } }) => {
    checkCertificates(fields.ca_bundle ?? null);
    await findConnection(id);
    if (password !== undefined) await storePassword(id, password);
    await records.connections.update(id, {
      ...fields,
      ...(password === undefined ? {} : { secret_arn: null }),
      updated_at: new Date().toISOString(),
    });
    if (typeof fields.secret_arn === 'string') await deleteSecret(secrets.client, secrets.names.connection(id));
    return json(200, await findConnection(id));
  },

  'DELETE /api/connections/{id}': async ({ id }) => {
    const connection = await findConnection(id);
    await refuseInUse(connection);
    // the secret first: where this breaks off, the connection is still there to be deleted again
    await deleteSecret(secrets.client, secrets.names.connection(id));
    await records.connections.delete(id);
    return noContent();
  },
});

function findConnection(id: string): Promise<Connection> {
  return find(records.connections, id, 'connection');
}

async function storePassword(connectionId: string, password: string): Promise<void> {
  await writeSecret(secrets, secrets.names.connection(connectionId), JSON.stringify({ password }));
}

/** @throws Conflict naming what needs the connection. */
async function refuseInUse({ id, name }: Connection): Promise<void> {
  const [backup] = (await records.backups.list({ connection_id: id }, { limit: 1 })).records;
  if (backup !== undefined) {
    throw new Conflict(`the connection ${name} has backups, such as ${backup.id} of database ${backup.database_name}`, {
      hint: 'A connection stays as long as there are backups of its databases.',
    });
  }
  for await (const restore of records.restores.all({ status: 'running' })) {
    if (restore.target_connection !== id) continue;
    throw new Conflict(`restore ${restore.id} is writing to the connection ${name}`, {
      hint: 'Wait until it has ended, or cancel it.',
    });
  }
}
