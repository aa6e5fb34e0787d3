/**
 * The pure part of the registry of engines. The code that connects to a server is in lib/engines/connect/modules.ts,
 * the code that loads a dump in lib/engines/load/engine-for.ts, and the code that creates servers, samples and dumps on
 * one machine in lib/local/demo/engines.ts. Each is a record over all engines, so a new engine is a compile error until
 * it is in all of them.
 */

import type { EngineFacts, OwnField } from './facts.ts';
import { MARIADB, MYSQL } from './mysql.ts';
import type { DbType, PhysicalEngine } from './names.ts';
import { POSTGRESQL } from './postgresql.ts';

export const ENGINES: Record<DbType, EngineFacts> = { postgresql: POSTGRESQL, mysql: MYSQL, mariadb: MARIADB };

export function titleOf(dbType: DbType): string {
  return ENGINES[dbType].title;
}

/** Whether an engine's servers use this field of a connection. */
export function hasField(dbType: DbType, field: OwnField): boolean {
  return ENGINES[dbType].connectionFields.includes(field);
}

/** Whether this tool can make a physical backup of this engine's servers. */
export function isMadeWith(dbType: DbType, engine: PhysicalEngine): boolean {
  return ENGINES[dbType].physicalEngines.includes(engine);
}
