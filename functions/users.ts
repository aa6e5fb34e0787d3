/** The calls of `/api/users`, for administrators. */

import { changesBetween, secretChange } from '../lib/accounts/changes.ts';
import { publicUser, type User } from '../lib/accounts/model.ts';
import { hashPassword } from '../lib/accounts/sessions/password-hash.ts';
import { newUser } from '../lib/accounts/users.ts';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { Conflict } from '../lib/errors/errors.ts';
import { json, listAnswer, noContent } from './http/answers.ts';
import { find } from './http/find.ts';
import { apiHandler } from './http/handler.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

export const handler = apiHandler('users', records, {
  'GET /api/users': async ({ event, query: { limit, cursor } }) => {
    const page = await records.users.list({}, { limit, cursor });
    return listAnswer(event, { ...page, records: page.records.map((user) => publicUser.parse(user)) });
  },

  'POST /api/users': async ({ body: { username, password, role }, noteChanges }) => {
    const user = await newUser(username, password, role, new Date());
    if (!(await records.users.insert(user))) {
      throw new Conflict(`the user ${username} already exists`, { hint: 'Choose another name, or change that user.' });
    }
    noteChanges([...changesBetween(undefined, user), secretChange('password')]);
    return json(201, publicUser.parse(user));
  },

  'GET /api/users/{id}': async ({ id }) => json(200, publicUser.parse(await findUser(id))),

  'PUT /api/users/{id}': async ({ id, body: { role, password }, noteChanges }) => {
    const user = await findUser(id);
    const fields = {
      ...(role === undefined ? {} : { role }),
      ...(password === undefined ? {} : { password_hash: await hashPassword(password) }),
      updated_at: new Date().toISOString(),
    };
    const change = () => records.users.update(id, fields);
    await (role === undefined || role === 'admin' ? change() : keepingOneAdmin(user, change));
    noteChanges(changesBetween(user, { ...user, ...fields }));
    if (password !== undefined) noteChanges([secretChange('password')]);
    await records.sessions.deleteOf(id);
    return json(200, publicUser.parse(await findUser(id)));
  },

  'DELETE /api/users/{id}': async ({ id, noteChanges }) => {
    const user = await findUser(id);
    await keepingOneAdmin(user, () => records.users.delete(id));
    noteChanges(changesBetween(user, undefined));
    await records.sessions.deleteOf(id);
    return noContent();
  },
});

function findUser(id: string): Promise<User> {
  return find(records.users, id, 'user');
}

/**
 * Takes a role from a user, or deletes the user. It checks again afterwards, and undoes the change if no administrator
 * is left: if several administrators were removed at once, each removal would have seen the others.
 * @throws Conflict if this user is the last administrator.
 */
async function keepingOneAdmin(user: User, takeAway: () => Promise<unknown>): Promise<void> {
  if (user.role !== 'admin') return void (await takeAway());
  await requireOtherAdmin(user);
  await takeAway();
  await requireOtherAdmin(user).catch(async (error: unknown) => {
    await records.users.put(user);
    throw error;
  });
}

/** @throws Conflict if no administrator is left. */
async function requireOtherAdmin({ id, username }: User): Promise<void> {
  for await (const other of records.users.all()) {
    if (other.role !== 'admin' || other.id === id) continue;
    // the list lags slightly behind the table
    if ((await records.users.get(other.id))?.role === 'admin') return;
  }
  throw new Conflict(`${username} is the only administrator`, {
    hint: 'Make another user an administrator first.',
  });
}
