/**
 * The registry of engines, as far as it is pure. What connects to a server is in lib/engines/connect/modules.ts, what loads a
 * dump in lib/engines/load/engine-for.ts, what makes servers, samples and dumps on one machine in
 * lib/local/demo/engines.ts. Each is a record over all engines: a new one is a compile error until it is in each.
 */

import type { EngineFacts, OwnField } from './facts.ts';
import { MARIADB, MYSQL } from './mysql.ts';
import type { DbType, PhysicalEngine } from './names.ts';
import { POSTGRESQL } from './postgresql.ts';

export const ENGINES: Record<DbType, EngineFacts> = { postgresql: POSTGRESQL, mysql: MYSQL, mariadb: MARIADB };

export function titleOf(dbType: DbType): string {
  return ENGINES[dbType].title;
}

/** Whether an engine's servers use a field of a connection. */
export function hasField(dbType: DbType, field: OwnField): boolean {
  return ENGINES[dbType].connectionFields.includes(field);
}

/** Whether this tool can make a physical backup of a server of this engine. */
export function isMadeWith(dbType: DbType, engine: PhysicalEngine): boolean {
  return ENGINES[dbType].physicalEngines.includes(engine);
}
