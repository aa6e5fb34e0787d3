/**
 * vite.config.ts generates this from lib/api/routes.ts: the role that each call needs, without the schemas in that
 * file.
 */
declare module 'virtual:route-roles' {
  import type { Role } from '../../lib/accounts/roles.ts';
  import type { RouteKey } from '../../lib/api/routes.ts';

  const roles: Record<RouteKey, Role | 'public'>;
  export default roles;
}
