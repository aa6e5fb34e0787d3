/** What a backup's key says of it, beyond what lib/domain/storage-path.ts reads. */
import { id, type PhysicalEngine, physicalEngine } from '../records.ts';
import { timeOfName } from '../storage-path.ts';

/** The last part of a backup's key, whatever stands before it: names with a slash in them are there too. */
const FILE = /(?:^|\/)([0-9a-f-]{36})-\d{8}-\d{6}\.(?:sql|tar)\.gz$/i;

/** Where Jagad puts physical backups: a folder for what makes them. In the order of keys. */
export const PHYSICAL_PREFIXES = physicalEngine.options.map((engine) => `${engine}/`).sort();

/** The id that Jagad gave the backup, or undefined where the key has none. */
export function jagadId(key: string): string | undefined {
  const [, found = ''] = FILE.exec(key) ?? [];
  return id.safeParse(found).success ? found.toLowerCase() : undefined;
}

export interface PhysicalKey {
  engine: PhysicalEngine;
  connectionName: string;
  /** Its database or stanza; undefined where the key goes on with the file at once. */
  database: string | undefined;
}

/** What the key of a physical backup, or of a pgBackRest repository, says; undefined for any other. */
export function physicalKey(key: string): PhysicalKey | undefined {
  const [tool, connectionName, ...rest] = key.split('/');
  const engine = physicalEngine.safeParse(tool);
  if (!engine.success || !connectionName || !rest[0]) return undefined;
  const hasDatabase = engine.data === 'pgbackrest' || rest.length > 1;
  return { engine: engine.data, connectionName, database: hasDatabase ? rest[0] : undefined };
}

/** The path of the pgBackRest repository that a key is of, `pgbackrest/<connection>/<stanza>`; else undefined. */
export function repositoryOf(key: string): string | undefined {
  return physicalKey(key)?.engine === 'pgbackrest' ? key.split('/', 3).join('/') : undefined;
}

const COPY = /\/[^/]+-(\d{8}-\d{6})\.tar\.gz$/;

/**
 * When the copy of InnoDB's files was made that lies at a key:
 * `mariabackup/<connection>/<database>/<backup id>-YYYYMMDD-HHMMSS.tar.gz`, or without the database. Undefined for any
 * other key, or one that names no possible time.
 */
export function innodbCopyTakenAt(key: string): Date | undefined {
  const engine = physicalKey(key)?.engine;
  const [, time] = COPY.exec(key) ?? [];
  return engine === undefined || engine === 'pgbackrest' || time === undefined ? undefined : timeOfName(time);
}
