/**
 * The pure part of the registry of engines. The code that connects to a server is in lib/databases/engines.ts, the code
 * that loads a dump in containers/restore/engine-for.ts, the code that creates servers, samples and dumps on one
 * machine in lib/local/demo/engines.ts. Each is a record over all engines: a new engine doesn't compile until it is in
 * all of them.
 */
import type { DbType, PhysicalEngine } from '../records.ts';
import type { EngineFacts, OwnField } from './engine.ts';
import { MARIADB, MYSQL } from './mysql.ts';
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
