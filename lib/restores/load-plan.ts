import type { Records } from '../aws/services.ts';
import type { Backup, Connection, Restore } from '../domain/records.ts';
import {
  type ExecutionInput,
  planOfRestore,
  planRestores,
  type RestorePlan,
  type TargetRequest,
} from '../domain/restore-request.ts';

type Named = Pick<ExecutionInput, 'backup_id' | 'target_connection'>;

/**
 * Looks up what a request is about, and decides whether it is possible.
 * @throws NotFound, Conflict, Impossible
 */
export async function loadPlans(
  records: Records,
  request: Named & TargetRequest,
): Promise<[RestorePlan, ...RestorePlan[]]> {
  return planRestores(request, ...(await named(records, request)));
}

/** The same of a restore's record. @throws NotFound, Conflict, Impossible */
export async function loadPlan(records: Records, restore: Restore): Promise<RestorePlan> {
  return planOfRestore(restore, ...(await named(records, restore)));
}

async function named(
  records: Records,
  { backup_id, target_connection }: Named,
): Promise<[Backup | undefined, Connection | undefined]> {
  const backup = await records.backups.get(backup_id);
  const targetId = target_connection ?? backup?.connection_id;
  return [backup, targetId === undefined ? undefined : await records.connections.get(targetId)];
}
