import type { Role } from '../../lib/accounts/roles.ts';
import { newToken, tokenHash } from '../../lib/accounts/sessions/session-tokens.ts';
import type { Records } from '../../lib/api/tables.ts';
import { ApiClient } from '../../lib/local/demo/api-client.ts';

/** A client of the service whose session has a role. */
export async function clientWithRole(service: { url: string; records: Records }, role: Role): Promise<ApiClient> {
  const token = newToken();
  const now = Date.now();
  await service.records.sessions.put({
    id: tokenHash(token),
    user_id: crypto.randomUUID(),
    username: `some.${role}`,
    role,
    created_at: new Date(now).toISOString(),
    expires_at: new Date(now + 3_600_000).toISOString(),
  });
  return new ApiClient(service.url, token);
}
