/** The calls of `/api/connections` that read and change the list of database servers. */
import { randomUUID } from 'node:crypto';
import { changesBetween, secretChange } from '../lib/accounts/changes.ts';
import type { Change } from '../lib/accounts/model.ts';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { type Connection, connection } from '../lib/connections/model.ts';
import { foreignField } from '../lib/connections/schemas.ts';
import { openWritableSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { movedPassword, passwordSecret } from '../lib/connections/stored-secret.ts';
import type { DbType } from '../lib/databases/names.ts';
import { checkCertificates } from '../lib/engines/connect/trusted-certificates.ts';
import { Conflict, Impossible } from '../lib/errors/errors.ts';
import { deleteSecret, writeSecret } from '../lib/storage/secrets/secrets.ts';
import { json, listAnswer, noContent } from './http/answers.ts';
import { find } from './http/find.ts';
import { given } from './http/given.ts';
import { apiHandler } from './http/handler.ts';
import { refuseTakenAlong } from './http/stored-secret.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, 'SECRETS_KEY_ARN']);
const records = openRecords(env);
const secrets = openWritableSecrets(env);

export const handler = apiHandler('connections', records, {
  'GET /api/connections': async ({ event, query }) => listAnswer(event, await records.connections.list({}, query)),

  'POST /api/connections': async ({ body: { password, cipher_pass, ...fields }, noteChanges }) => {
    checkCertificates(fields.ca_bundle);
    const now = new Date().toISOString();
    const added = connection.parse({ id: randomUUID(), ...fields, created_at: now, updated_at: now });
    if (password !== undefined) await storePassword(added, password);
    await changeCipherPass(added.id, cipher_pass ?? undefined);
    await records.connections.insert(added);
    noteChanges([...changesBetween(undefined, added), ...secretChanges(password, cipher_pass ?? undefined)]);
    return json(201, added);
  },

  'GET /api/connections/{id}': async ({ id }) => json(200, await findConnection(id)),

  'PUT /api/connections/{id}': async ({ id, body: { password, cipher_pass, ...body }, noteChanges }) => {
    checkCertificates(body.ca_bundle ?? null);
    const before = await findConnection(id);
    refuseForeign(before.db_type, { ...body, cipher_pass });
    const fields = { ...given(body), ...(password === undefined ? {} : { secret_arn: null }) };
    const after = { ...before, ...fields };
    const isGivenAnew = password !== undefined || typeof body.secret_arn === 'string';
    if (!isGivenAnew) refuseTakenAlong(movedPassword(before, after), 'password (or secret_arn)');
    if (password !== undefined) await storePassword(after, password);
    await changeCipherPass(id, cipher_pass);
    await records.connections.update(id, { ...fields, updated_at: new Date().toISOString() });
    noteChanges([...changesBetween(before, after), ...secretChanges(password, cipher_pass)]);
    if (typeof body.secret_arn === 'string') await deleteSecret(secrets.client, secrets.names.connection(id));
    return json(200, await findConnection(id));
  },

  'DELETE /api/connections/{id}': async ({ id, noteChanges }) => {
    const removed = await findConnection(id);
    await refuseInUse(removed);
    // delete the secrets first: if this is interrupted, the connection is still there and can be deleted again
    await deleteSecret(secrets.client, secrets.names.connection(id));
    await deleteSecret(secrets.client, secrets.names.cipherPass(id));
    await records.connections.delete(id);
    noteChanges(changesBetween(removed, undefined));
    return noContent();
  },
});

function findConnection(id: string): Promise<Connection> {
  return find(records.connections, id, 'connection');
}

async function storePassword(connection: Connection, password: string): Promise<void> {
  await writeSecret(secrets, secrets.names.connection(connection.id), passwordSecret(password, connection));
}

/** The secrets that were given, in the form for the audit log. */
function secretChanges(password: string | undefined, cipherPass: string | null | undefined): Change[] {
  return [
    ...(password === undefined ? [] : [secretChange('password')]),
    ...(cipherPass === undefined ? [] : [secretChange('cipher_pass', cipherPass === null ? 'removed' : 'changed')]),
  ];
}

/** @param cipher_pass undefined keeps it, null removes it. */
async function changeCipherPass(connectionId: string, cipher_pass: string | null | undefined): Promise<void> {
  const name = secrets.names.cipherPass(connectionId);
  if (cipher_pass === null) await deleteSecret(secrets.client, name);
  else if (cipher_pass !== undefined) await writeSecret(secrets, name, JSON.stringify({ cipher_pass }));
}

/** @throws Impossible if a field doesn't exist for this type of server. */
function refuseForeign(dbType: DbType, given: Parameters<typeof foreignField>[1]): void {
  const problem = foreignField(dbType, given);
  if (problem !== undefined) throw new Impossible([...problem.path, problem.message].join(': '));
}

/** @throws Conflict that names what needs the connection. */
async function refuseInUse({ id, name }: Connection): Promise<void> {
  const [backup] = (await records.backups.list({ connection_id: id }, { limit: 1 })).records;
  if (backup !== undefined) {
    throw new Conflict(`the connection ${name} has backups, such as ${backup.id} of database ${backup.database_name}`, {
      hint: 'Remove the records of its backups first.',
    });
  }
  for await (const plan of records.recoveryPlans.all()) {
    if (!plan.groups.flat().some((entry) => [entry.connection_id, entry.target_connection].includes(id))) continue;
    throw new Conflict(`the recovery plan ${plan.name} needs the connection ${name}`, {
      hint: 'Change the plan or remove it.',
    });
  }
  for await (const restore of records.restores.all({ status: 'running' })) {
    if (restore.to_connection !== id) continue;
    throw new Conflict(`restore ${restore.id} is writing to the connection ${name}`, {
      hint: 'Wait until it has ended, or cancel it.',
    });
  }
}
