import type { Records } from '../aws/services.ts';
import { type ExecutionInput, planRestore, type RestorePlan } from '../domain/restore-request.ts';

/**
 * Looks up what a restore is about, and decides whether it is possible.
 * @throws NotFound, Conflict, Impossible
 */
export async function loadPlan(
  records: Records,
  request: Pick<ExecutionInput, 'backup_id' | 'target_connection' | 'target_database'>,
): Promise<RestorePlan> {
  const backup = await records.backups.get(request.backup_id);
  const targetId = request.target_connection ?? backup?.connection_id;
  const target = targetId === undefined ? undefined : await records.connections.get(targetId);
  return planRestore(request, backup, target);
}
