/** The calls of `/api/auth`. */

import { secretChange } from '../lib/accounts/changes.ts';
import { SESSION_HOURS } from '../lib/accounts/model.ts';
import { checkPassword } from '../lib/accounts/sessions/check-password.ts';
import { logIn } from '../lib/accounts/sessions/log-in.ts';
import { hashPassword } from '../lib/accounts/sessions/password-hash.ts';
import { SESSION_COOKIE } from '../lib/api/edge.ts';
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { Conflict, Forbidden } from '../lib/errors/errors.ts';
import { json, noContent } from './http/answers.ts';
import { apiHandler } from './http/handler.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS]);
const records = openRecords(env);
const secrets = openSecrets(env);

const cookie = (value: string, seconds: number) =>
  `${SESSION_COOKIE}=${value}; Max-Age=${seconds}; Path=/; HttpOnly; Secure; SameSite=Strict`;

export const handler = apiHandler('auth', records, {
  'POST /api/auth/login': async ({ event, body }) => {
    const address = event.requestContext.http.sourceIp;
    const { token, session } = await logIn(records, secrets, { ...body, address }, new Date());
    const { username: user, role, expires_at: expires } = session;
    return json(200, { token, user, role, expires }, { 'set-cookie': cookie(token, SESSION_HOURS * 3600) });
  },

  'POST /api/auth/logout': async ({ session }) => {
    await records.sessions.delete(session.id);
    return noContent({ 'set-cookie': cookie('', 0) });
  },

  'GET /api/auth/check': async ({ session: { username: user, role, expires_at: expires } }) =>
    json(200, { user, role, expires }),

  'PUT /api/auth/password': async ({ event, session, body, noteChanges }) => {
    // limited like sign-ins: otherwise a stolen session could be used to guess the password
    const address = event.requestContext.http.sourceIp;
    const attempt = { userId: session.user_id, address, password: body.current_password };
    const { user, matches } = await checkPassword(records, attempt, () => records.users.get(session.user_id));
    if (user === undefined || !matches) {
      throw new Forbidden('the current password is wrong', { hint: 'Type the password that you logged in with.' });
    }
    const fields = { password_hash: await hashPassword(body.new_password), updated_at: new Date().toISOString() };
    if (!(await records.users.update(user.id, fields, { password_hash: user.password_hash }))) {
      throw new Conflict('the password was changed in the meantime', { hint: 'Log in again.' });
    }
    noteChanges([secretChange('password')]);
    await records.sessions.deleteOf(user.id, session.id);
    return noContent();
  },
});
