import { Impossible } from '../errors/errors.ts';
import type { PlanEntry } from './model.ts';
import type { PlanTables } from './tables.ts';

/** @throws Impossible that names everything in a plan that doesn't exist or doesn't fit. */
export async function checkPlan(
  records: Pick<PlanTables, 'connections' | 'backups'>,
  groups: PlanEntry[][],
): Promise<void> {
  const entries = groups.flat();
  const [connections, backups] = await Promise.all([
    records.connections.getMany(entries.flatMap((entry) => [entry.connection_id, entry.target_connection])),
    records.backups.getMany(entries.flatMap(({ pick }) => (pick.kind === 'backup' ? [pick.backup_id] : []))),
  ]);
  const problems = entries.flatMap(({ connection_id, database, pick, target_connection }) => {
    const [source, target] = [connections.get(connection_id), connections.get(target_connection)];
    const missing = [...new Set([connection_id, target_connection])].filter((id) => !connections.has(id));
    const backup = pick.kind === 'backup' ? backups.get(pick.backup_id) : undefined;
    const isOf = backup?.connection_id === connection_id && backup.database_name === database;
    return [
      ...missing.map((id) => `there is no connection ${id}`),
      ...(source && target && source.db_type !== target.db_type
        ? [`${target.name} is a ${target.db_type} server, and ${source.name} a ${source.db_type} server`]
        : []),
      ...(pick.kind === 'backup' && !isOf
        ? [`backup ${pick.backup_id} does not belong to database ${database} of the connection`]
        : []),
    ];
  });
  if (problems.length > 0) {
    throw new Impossible([...new Set(problems)].join('; '), { hint: 'Check the entries of the plan.' });
  }
}
