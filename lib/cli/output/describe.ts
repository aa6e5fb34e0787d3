/** Describes what the beginning of a backup says, for people and for programs. Pure. */

import { titleOf } from '../../databases/engines.ts';
import type { TocEntry } from '../../formats/pg-dump/archive/format.ts';
import type { BackupLook } from '../checks/look.ts';
import { size } from './progress.ts';

export function describe(look: BackupLook): string[] {
  const { location, objectBytes, encrypted, codec, head, origin } = look;
  const { toc } = head;
  const facts: [string, string | undefined][] = [
    ['object', `${location} (${objectBytes} bytes${objectBytes < 1000 ? '' : `, ${size(objectBytes)}`})`],
    ['encrypted', encrypted ? 'yes (AES-256-GCM), and the key opens it' : 'no'],
    ['compressed', codec],
    ['dump', dumpTitle(look)],
    ['server', serverTitle(look)],
    ['dumped by', toc === undefined ? origin?.tool : `pg_dump ${toc.dumpVersion}`],
    ['database', toc?.databaseName ?? origin?.database],
    ['encoding', toc?.encoding || undefined],
    ['entries', toc === undefined ? undefined : countsOf(toc.entries)],
    ...tables(toc?.entries ?? []).map((name): [string, string] => ['table', name]),
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${`${name}:`.padEnd(12)}${value}`]));
}

export function asJson({ location, objectBytes, encrypted, codec, head, origin }: BackupLook): object {
  const { toc } = head;
  return {
    location,
    object_bytes: objectBytes,
    encryption_algo: encrypted ? 'AES-256-GCM' : null,
    compression: codec ?? null,
    dump: {
      kind: head.kind,
      archive_version: head.archiveVersion ?? null,
      db_type: head.kind === 'pg-archive' ? 'postgresql' : (origin?.dbType ?? null),
      server_version: head.serverVersion ?? null,
      tool: toc === undefined ? (origin?.tool ?? null) : `pg_dump ${toc.dumpVersion}`,
      database_name: toc?.databaseName ?? origin?.database ?? null,
      encoding: toc?.encoding || null,
      entries:
        toc?.entries.map(({ desc, namespace, tag, owner, hasData }) => ({
          kind: desc,
          schema: namespace || null,
          name: tag,
          owner: owner || null,
          has_data: hasData,
        })) ?? null,
    },
  };
}

function dumpTitle({ head, origin }: BackupLook): string {
  if (head.kind === 'pg-archive') {
    const unknown = head.toc === undefined ? ', whose table of contents is not read here' : '';
    return `PostgreSQL archive, format ${head.archiveVersion}${unknown}`;
  }
  const of = origin?.dbType === undefined ? '' : ` of ${titleOf(origin.dbType)}`;
  return `SQL${of} (its tables are spread over the whole dump: --contents reads all of it to list them)`;
}

function serverTitle({ head, origin }: BackupLook): string | undefined {
  if (head.serverVersion === undefined) return undefined;
  const dbType = head.kind === 'pg-archive' ? 'postgresql' : origin?.dbType;
  return dbType === undefined ? head.serverVersion : `${titleOf(dbType)} ${head.serverVersion}`;
}

/** `87: 12 TABLE, 9 TABLE DATA, …`, the most frequent kinds first. */
function countsOf(entries: readonly TocEntry[]): string {
  const counts = new Map<string, number>();
  for (const { desc } of entries) counts.set(desc, (counts.get(desc) ?? 0) + 1);
  const kinds = [...counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
  return `${entries.length}: ${kinds.join(', ')}`;
}

function tables(entries: readonly TocEntry[]): string[] {
  return entries
    .filter(({ desc }) => desc === 'TABLE')
    .map(({ namespace, tag }) => (namespace === '' ? tag : `${namespace}.${tag}`))
    .sort();
}
