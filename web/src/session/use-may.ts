import roles from 'virtual:route-roles';
import { mayAct } from '../../../lib/accounts/roles.ts';
import type { RouteKey } from '../../../lib/api/routes.ts';
import { useSession } from './session.tsx';

export interface May {
  allowed: boolean;
  /** Why the user may not, and what to do. For a disabled control. */
  reason: string | undefined;
}

/** Whether the current user may make a call. The API decides that; this only predicts its decision. */
export function useMay(key: RouteKey): May {
  const role = useSession().user?.role ?? 'viewer';
  const needed = roles[key];
  const allowed = needed === 'public' || mayAct(role, needed);
  return {
    allowed,
    reason: allowed ? undefined : `Your role, ${role}, may not do this. Ask someone with the role ${needed}.`,
  };
}
