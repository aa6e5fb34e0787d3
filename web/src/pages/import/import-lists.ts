/** Jagad's own lists as files, and the parts in which they are sent. Pure. */
import type { z } from 'zod';
import type { importBody } from '../../../../lib/backups/schemas.ts';

export type ImportPart = z.input<typeof importBody>;
type Entry = Record<string, unknown>;

export interface Lists {
  storage_providers: Entry[];
  connections: Entry[];
  backups: Entry[];
}

/** A call accepts 4 MiB, and the field names around the lists need some of that. */
const MAX_PART_BYTES = 4 * 1024 * 1024 - 16 * 1024;
const MAX_PART_RECORDS = 10_000;

/**
 * Reads a list from one of Jagad's responses.
 * @throws Error that says what is wrong with the file.
 */
export function readList(fileName: string, text: string): Entry[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new Error(`the file ${fileName} is not JSON`, { cause });
  }
  if (!Array.isArray(list)) throw new Error(`the file ${fileName} contains no list: save Jagad's response unchanged`);
  const odd = list.findIndex((entry) => typeof entry !== 'object' || entry === null || Array.isArray(entry));
  if (odd >= 0)
    throw new Error(`entry ${odd + 1} of the file ${fileName} isn't a record: save Jagad's response unchanged`);
  return list;
}

/**
 * The bodies to send, one after the other. Each part contains all storage providers and all connections, because the
 * names of the backups' databases are in the connections.
 */
export function importParts(
  { storage_providers, connections, backups }: Lists,
  settings: Pick<ImportPart, 'storage_provider_id'>,
): ImportPart[] {
  const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length + 1;
  const room = MAX_PART_BYTES - bytesOf({ ...settings, storage_providers, connections });
  const slices: Entry[][] = [];
  let left = 0;
  for (const backup of backups) {
    const bytes = bytesOf(backup);
    const slice = slices.at(-1);
    if (slice === undefined || bytes > left || slice.length === MAX_PART_RECORDS) {
      slices.push([backup]);
      left = room - bytes;
    } else {
      slice.push(backup);
      left -= bytes;
    }
  }
  return (slices.length === 0 ? [[]] : slices).map((slice) => ({
    ...settings,
    storage_providers,
    connections,
    backups: slice,
  }));
}
