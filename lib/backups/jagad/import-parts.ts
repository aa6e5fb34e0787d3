/**
 * Divides Jagad's lists into several bodies for `POST /api/backups/import`, each small enough for one call. A part with
 * backups also contains their connections, because only those have the names of their databases. Every part contains
 * all storage providers.
 */
import { id } from '../../storage/fields.ts';
import type { JagadLists } from './records.ts';

export interface ImportPart {
  storage_providers: JagadLists['storage_providers'];
  connections: JagadLists['connections'];
  backups: JagadLists['backups'];
  /**
   * The ids of all backups that Jagad lists. If a backup of its connections isn't among them, Jagad no longer has it.
   */
  listed_ids?: string[];
}

export interface CutPart {
  body: ImportPart;
  /** Whether an earlier part had its connections and providers already, so that they must not be counted again. */
  isRepeat: boolean;
}

export interface PartLimits {
  /** A call accepts 4 MiB, but its body contains more than the lists. */
  bytes: number;
  /** The maximum number of records per list. */
  records: number;
}

export const PART_LIMITS: PartLimits = { bytes: 3.5 * 1024 ** 2, records: 10_000 };

/** @returns the parts in the order in which to send them; always at least one. */
export function importParts(lists: JagadLists, limits: PartLimits = PART_LIMITS): CutPart[] {
  const { storage_providers, connections, backups } = lists;
  const listed = listedIds(lists, limits);
  const everything = { storage_providers, connections, backups, ...listed };
  if (fits(everything, limits)) return [{ body: everything, isRepeat: false }];
  const first = connectionParts({ storage_providers, connections: [], backups: [], ...listed }, connections, limits);
  return [
    ...first.map((body) => ({ body, isRepeat: false })),
    ...backupParts(lists, limits).map((body) => ({ body, isRepeat: true })),
  ];
}

/** Left out if they would take more than half of a part: then the backups that Jagad no longer has aren't reported. */
function listedIds({ backups, unreadable }: JagadLists, { bytes }: PartLimits): Pick<ImportPart, 'listed_ids'> {
  const others = unreadable.flatMap(({ kind, id }) => (kind === 'backup' && id !== undefined && isId(id) ? [id] : []));
  const listed_ids = [...new Set([...backups.map(({ id }) => id.toLowerCase()), ...others])];
  return bytesOf(listed_ids) > bytes / 2 ? {} : { listed_ids };
}

/** @param base what each part contains besides its connections. */
function connectionParts(base: ImportPart, connections: ImportPart['connections'], limits: PartLimits): ImportPart[] {
  const baseBytes = bytesOf(base);
  const parts: ImportPart[] = [];
  let part: ImportPart | undefined;
  let bytes = 0;
  for (const connection of connections) {
    const more = bytesOf(connection) + 1;
    if (part === undefined || bytes + more > limits.bytes || part.connections.length >= limits.records) {
      part = { ...base, connections: [] };
      parts.push(part);
      bytes = baseBytes;
    }
    part.connections.push(connection);
    bytes += more;
  }
  return parts.length === 0 ? [base] : parts;
}

function backupParts({ storage_providers, connections, backups }: JagadLists, limits: PartLimits): ImportPart[] {
  const known = new Map(connections.map((connection) => [connection.id.toLowerCase(), connection]));
  const baseBytes = bytesOf({ storage_providers, connections: [], backups: [] });
  const parts: ImportPart[] = [];
  let part: ImportPart | undefined;
  let bytes = 0;
  let brought = new Set<string>();
  // the backups of one connection stay together, so that few parts have to repeat it
  const byConnection = Map.groupBy(backups, ({ connection_id }) => connection_id.toLowerCase());
  for (const backup of [...byConnection.values()].flat()) {
    const connectionId = backup.connection_id.toLowerCase();
    const connection = known.get(connectionId);
    const own = bytesOf(backup) + 1;
    const withConnection = own + (connection === undefined ? 0 : bytesOf(connection) + 1);
    const more = brought.has(connectionId) ? own : withConnection;
    if (part === undefined || bytes + more > limits.bytes || part.backups.length >= limits.records) {
      part = { storage_providers, connections: [], backups: [] };
      parts.push(part);
      bytes = baseBytes;
      brought = new Set();
    }
    if (!brought.has(connectionId)) {
      brought.add(connectionId);
      if (connection !== undefined) part.connections.push(connection);
      bytes += withConnection;
    } else bytes += own;
    part.backups.push(backup);
  }
  return parts;
}

/** An invalid id would make the service refuse the whole call. */
function isId(text: string): boolean {
  return id.safeParse(text).success;
}

function fits(part: ImportPart, limits: PartLimits): boolean {
  const longest = Math.max(part.storage_providers.length, part.connections.length, part.backups.length);
  return longest <= limits.records && bytesOf(part) <= limits.bytes;
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
