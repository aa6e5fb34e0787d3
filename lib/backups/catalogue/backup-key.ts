/**
 * What an object's key says about its backup. Names may contain slashes, so a key can often be read in several ways.
 */

import { type PhysicalEngine, physicalEngine } from '../../databases/names.ts';
import { type ArchiveTool, isArchive } from '../../databases/physical-tools.ts';
import { id } from '../../storage/fields.ts';
import { BACKUPS_PREFIX, timeOfName } from '../../storage/objects/storage-path.ts';

/** The folders of physical backups in a bucket, one per tool, ordered by key. */
export const PHYSICAL_PREFIXES = physicalEngine.options.map((engine) => `${engine}/`).sort();

/** `<id>-<time>.sql.gz` for a dump, `.tar.gz` for a copy; and `<id>/<id>.tar.gz`, as Jagad names its copies. */
const DATED_FILE = /(?:^|\/)([0-9a-f-]{36})-\d{8}-\d{6}\.(?:sql|tar)\.gz$/i;
const COPY_IN_FOLDER = /(?:^|\/)([0-9a-f-]{36})\/\1\.tar\.gz$/i;

/** The id that Jagad gave the backup, whatever comes before it in the key; undefined if the key has none. */
export function jagadId(key: string): string | undefined {
  const [, found = ''] = DATED_FILE.exec(key) ?? COPY_IN_FOLDER.exec(key) ?? [];
  return id.safeParse(found).success ? found.toLowerCase() : undefined;
}

/** One way to read a key. */
export interface KeyReading {
  connectionName: string;
  /** Undefined if the key names no database: a copy contains a whole server. */
  database: string | undefined;
}

export interface ReadKey {
  /** The tool that made the copy; null for a dump. */
  engine: ArchiveTool | null;
  /**
   * The time in the name, read as UTC because the time zone of Jagad's host is unknown. Undefined if the name has no
   * time.
   */
  takenAt: Date | undefined;
  /** Ordered by the length of the connection's name, the shortest first. */
  readings: [KeyReading, ...KeyReading[]];
}

const DUMP = /^[^/]+-(\d{8}-\d{6})\.sql\.gz$/;
const DATED_COPY = /^[^/]+-(\d{8}-\d{6})\.tar\.gz$/;

/**
 * What the key of a dump, or of a copy of InnoDB's files, says. Undefined for any other key, or if its time is
 * impossible. A copy is at `<engine>/<connection>/full/<id>/<id>.tar.gz` (or `incr`, in Jagad's source), or at
 * `<engine>/<connection>/[<database>/]<id>-YYYYMMDD-HHMMSS.tar.gz`.
 */
export function readKey(key: string): ReadKey | undefined {
  const [folder = '', ...rest] = key.split('/');
  const file = rest.pop() ?? '';
  if (rest.length === 0 || rest.includes('')) return undefined;
  if (`${folder}/` === BACKUPS_PREFIX) {
    const [, time = ''] = DUMP.exec(file) ?? [];
    return withReadings(null, timeOfName(time), splits(rest));
  }
  const engine = physicalEngine.safeParse(folder);
  if (!engine.success || !isArchive(engine.data)) return undefined;
  if (COPY_IN_FOLDER.test(key)) {
    const isJagads = /^(?:full|incr)$/.test(rest.at(-2) ?? '') && rest.length > 2;
    return isJagads ? { engine: engine.data, takenAt: undefined, readings: [whole(rest.slice(0, -2))] } : undefined;
  }
  const [, time = ''] = DATED_COPY.exec(file) ?? [];
  return withReadings(engine.data, timeOfName(time), [...splits(rest), whole(rest)]);
}

function withReadings(
  engine: ReadKey['engine'],
  takenAt: Date | undefined,
  [first, ...others]: KeyReading[],
): ReadKey | undefined {
  return first && takenAt && { engine, takenAt, readings: [first, ...others] };
}

function splits(folders: readonly string[]): KeyReading[] {
  return folders.slice(1).map((_, index) => ({
    connectionName: folders.slice(0, index + 1).join('/'),
    database: folders.slice(index + 1).join('/'),
  }));
}

function whole(folders: readonly string[]): KeyReading {
  return { connectionName: folders.join('/'), database: undefined };
}

/**
 * The tool that made a physical backup, according to the folder that its key begins with; undefined for any other key.
 */
export function engineOfKey(key: string): PhysicalEngine | undefined {
  const folder = physicalEngine.safeParse(key.split('/', 1)[0]);
  return folder.success && key.length > folder.data.length + 1 ? folder.data : undefined;
}

export interface RepositoryKey {
  /** `pgbackrest/<connection>/<stanza>` */
  path: string;
  connectionName: string;
  stanza: string;
}

const IN_REPOSITORY = /^pgbackrest\/(.+?)\/([^/]+)\/(?:backup|archive)\/\2(?:\/|$)/;
const REPOSITORY = /^pgbackrest\/(.+)\/([^/]+)\/?$/;

/** The pgBackRest repository that contains an object; undefined if the object is in none. */
export function repositoryOfObject(key: string): RepositoryKey | undefined {
  const [, connectionName, stanza] = IN_REPOSITORY.exec(key) ?? [];
  if (connectionName === undefined || stanza === undefined) return undefined;
  return { path: `pgbackrest/${connectionName}/${stanza}`, connectionName, stanza };
}

/**
 * The pgBackRest repository at a path, or the one that contains the object at that path; undefined if it is neither.
 */
export function repositoryAt(path: string): RepositoryKey | undefined {
  const inside = repositoryOfObject(path);
  if (inside !== undefined) return inside;
  const [, connectionName, stanza] = REPOSITORY.exec(path) ?? [];
  if (connectionName === undefined || stanza === undefined) return undefined;
  return { path: path.replace(/\/$/, ''), connectionName, stanza };
}

const INCREMENTAL = /^incremental\/(.+)\/[^/]+$/;

/**
 * The repository of a backup that Jagad made with pgBackRest. Jagad records such a backup at
 * `incremental/<connection>/<id>`, although it stores nothing there. The stanza is the connection's name with `-` for
 * spaces.
 */
export function repositoryOfRecord(storagePath: string): RepositoryKey | undefined {
  const [, connectionName] = INCREMENTAL.exec(storagePath) ?? [];
  if (connectionName === undefined) return undefined;
  const stanza = connectionName.replaceAll(' ', '-');
  return { path: `pgbackrest/${connectionName}/${stanza}`, connectionName, stanza };
}
