import type { Connection } from '../../connections/model.ts';
import type { JagadConnection } from '../jagad/records.ts';
import { concurrently, WRITES_AT_ONCE } from '../scan/concurrently.ts';
import type { ImportAnswer } from '../schemas.ts';
import type { BackupTables } from '../tables.ts';
import { connectionNews, importedConnection } from './imported-connection.ts';
import type { Said } from './said.ts';

export interface ImportedConnections {
  counts: ImportAnswer['connections'];
  /** The connections in the import and the existing ones that it names, by their ids. */
  connections: ReadonlyMap<string, Connection>;
  /** The names of the databases of the import's connections, by the databases' ids in lower case. */
  databaseNames: ReadonlyMap<string, string>;
}

/**
 * Imports Jagad's connections. An existing connection isn't changed; if Jagad's differs, that is reported.
 * @param named ids of further connections, in lower case.
 */
export async function importConnections(
  records: Pick<BackupTables, 'connections'>,
  list: readonly JagadConnection[],
  named: readonly string[],
  said: Said,
  now: Date,
): Promise<ImportedConnections> {
  const counts = { created: 0, known: 0 };
  const entries = new Map(list.map((entry) => [entry.id.toLowerCase(), entry]));
  const before = await records.connections.getMany(entries.keys());
  await concurrently([...entries], WRITES_AT_ONCE, async ([id, entry]) => {
    const imported = importedConnection(entry, now);
    if (!before.has(id) && (await records.connections.insert(imported))) {
      counts.created++;
      if (imported.jagad_changed_at !== null) said.warn(id, changedWarning(imported));
      return;
    }
    counts.known++;
    const known = before.get(id) ?? (await records.connections.get(id));
    if (known === undefined) return;
    const { fields, warnings } = connectionNews(known, entry, now);
    if (Object.keys(fields).length > 0) await records.connections.update(id, fields);
    for (const warning of warnings) said.warn(id, warning);
    if (fields.jagad_changed_at) said.warn(id, changedWarning({ ...known, ...fields }));
  });
  const databases = [...entries.values()].flatMap((entry) => entry.databases ?? []);
  return {
    counts,
    connections: await records.connections.getMany([...named, ...entries.keys()]),
    databaseNames: new Map(databases.map(({ id, db_name }) => [id.toLowerCase(), db_name])),
  };
}

function changedWarning({ name, jagad_changed_at }: Pick<Connection, 'name' | 'jagad_changed_at'>): string {
  return `Jagad changed ${name} at ${jagad_changed_at}, and doesn't say what changed: earlier backups may be from another server, and a restore of one must name its target_connection`;
}
