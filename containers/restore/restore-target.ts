import type { Records } from '../../lib/api/tables.ts';
import type { Target } from '../../lib/engines/load/engine.ts';
import type { Restore } from '../../lib/restores/model.ts';
import type { RestorePlan } from '../../lib/restores/request.ts';

/** Sessions of a restore that ended longer ago than this are gone. */
const LATEST = 20;

/**
 * The target in the form that the engines take. A restore that an event started never uses an administrator's trust in
 * dumps.
 */
export function restoreTarget(
  records: Pick<Records, 'restores'>,
  plan: Pick<RestorePlan, 'target' | 'database'>,
  { id, trigger }: Pick<Restore, 'id' | 'trigger'>,
  password: string,
): Target {
  return {
    connection: plan.target,
    password,
    database: plan.database,
    restoreId: id,
    freeBytes: plan.target.free_bytes,
    trusted: plan.target.trusted && trigger !== 'event',
    hasEnded: async (restoreId) => {
      const other = await records.restores.get(restoreId);
      return other !== undefined && other.status !== 'running';
    },
    endedRestores: async () => {
      const { records: latest } = await records.restores.list({ to_connection: plan.target.id }, { limit: LATEST });
      return latest.filter(({ status }) => status !== 'running').map((one) => one.id);
    },
  };
}
