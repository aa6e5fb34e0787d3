/**
 * Who is calling. Middleware looks this up on each request, so that a logout or a new password ends sessions at once.
 */

import type { Session } from '../../lib/accounts/model.ts';
import { mayAct, type Role } from '../../lib/accounts/roles.ts';
import { tokenHash } from '../../lib/accounts/sessions/session-tokens.ts';
import { SESSION_COOKIE } from '../../lib/api/edge.ts';
import type { Records } from '../../lib/api/tables.ts';
import { Forbidden, NotAuthenticated } from '../../lib/errors/errors.ts';
import type { ApiEvent } from './answers.ts';

/**
 * The caller's session.
 * @throws NotAuthenticated; Forbidden if a cookie came with a write from another site.
 */
export async function authenticate(event: ApiEvent, records: Pick<Records, 'sessions'>): Promise<Session> {
  const header = (event.headers.authorization ?? '').replace(/^Bearer\s+/i, '').trim();
  const token = header === '' ? cookieOf(event) : header;
  const session = token === undefined || token.length > 200 ? undefined : await records.sessions.get(tokenHash(token));
  if (session === undefined || Date.parse(session.expires_at) <= Date.now()) {
    throw new NotAuthenticated('not authenticated', {
      hint: 'Log in with POST /api/auth/login, and send its token as Authorization: Bearer <token>.',
    });
  }
  if (header === '') refuseForeignOrigin(event);
  return session;
}

/** @throws Forbidden if the caller's role is too low. */
export function authorize({ role }: Session, needed: Role): void {
  if (mayAct(role, needed)) return;
  throw new Forbidden(`the role ${role} may not do this`, { hint: `Ask someone with the role ${needed}.` });
}

/**
 * A browser also sends cookies with requests that another site makes it send. It says so in Sec-Fetch-Site (W3C, "Fetch
 * Metadata Request Headers"), which also works behind CloudFront, although the host there differs from the page's.
 * Without that header, Origin says so, which every browser sends with writes.
 */
function refuseForeignOrigin(event: ApiEvent): void {
  if (event.requestContext.http.method === 'GET') return;
  const { origin, host } = event.headers;
  const site = event.headers['sec-fetch-site'];
  const isOwn =
    site === undefined
      ? origin !== undefined &&
        URL.canParse(origin) &&
        [host, event.requestContext.domainName].includes(new URL(origin).host)
      : site === 'same-origin';
  if (!isOwn) {
    throw new Forbidden('the request does not come from this site', {
      hint: 'Send the token in the Authorization header instead of the cookie.',
    });
  }
}

function cookieOf(event: ApiEvent): string | undefined {
  const cookie = event.cookies?.find((text) => text.startsWith(`${SESSION_COOKIE}=`));
  return cookie?.slice(SESSION_COOKIE.length + 1);
}
