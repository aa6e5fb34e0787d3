/**
 * Stores what a backup contains: everything in the service's own bucket, and a summary in the record. When a backup
 * arrives, its contents are compared with those of the previous backup of the same database, because a backup that lost
 * rows passes its verification like any other.
 */
import { compareContents } from '../../formats/compare-contents.ts';
import { contentsDigest } from '../../formats/contents-digest.ts';
import {
  canonicalJson,
  type DumpContents,
  dumpContents,
  type PostgresContents,
  sortKey,
} from '../../formats/dump-contents.ts';
import { getText, type OwnBucket, putText } from '../../storage/objects/own-bucket.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';

const MOST_FINDINGS = 50;
const LONGEST_FINDING = 300;
/** How many backups of a database to search for the previous one. */
const LOOKED_THROUGH = 50;

export interface ContentsStore {
  records: Pick<BackupTables, 'backups' | 'settings'>;
  own: OwnBucket;
}

/** The fields of the record that say what was stored. */
export type ContentsFields = Required<Pick<Backup, 'contents' | 'contents_state'>>;

/** @returns the fields to write into the record */
export async function keepContents(
  { records, own }: ContentsStore,
  backup: Backup,
  read: DumpContents,
  now: Date,
): Promise<ContentsFields> {
  const contents = withRowsOf(backup.contents === null ? undefined : await readContents(own, backup.id), read);
  const before = await backupBefore(records, backup);
  await putText(own, keyOf(backup.id), canonicalJson(contents));
  const { contents_fallen_percent: fallenPercent } = await records.settings.get();
  const found = compareContents(before && (await readContents(own, before.id)), contents, { fallenPercent });
  const findings = found.slice(0, MOST_FINDINGS).map(({ message }) => message.slice(0, LONGEST_FINDING));
  if (found.length > findings.length) findings.push(`and ${found.length - findings.length} more`);
  return {
    contents: {
      digest: contentsDigest(contents),
      read_at: now.toISOString(),
      ...figuresOf(contents),
      compared_with: before?.id ?? null,
      findings,
    },
    contents_state: findings.length > 0 ? 'odd' : before === undefined ? 'first' : 'as_before',
  };
}

/**
 * Adds the number of rows that a restore loaded to contents without it: an archive's rows are only counted when a
 * PostgreSQL restore reads them. If a backup was verified again meanwhile, its record isn't changed.
 */
export async function keepRows(
  { records, own }: Omit<ContentsStore, 'records'> & { records: Pick<BackupTables, 'backups'> },
  backup: Backup,
  loaded: readonly { schema: string; name: string; rows: number }[],
): Promise<void> {
  const known = backup.contents && (await readContents(own, backup.id));
  if (backup.contents === null || known?.kind !== 'pg_dump' || backup.contents.rows !== null) return;
  const counted = withRows(known, loaded);
  await putText(own, keyOf(backup.id), canonicalJson(counted));
  const contents = { ...backup.contents, digest: contentsDigest(counted), ...figuresOf(counted) };
  await records.backups.update(backup.id, { contents }, { verified_at: backup.verified_at });
}

/**
 * @param known earlier contents of the same backup. If the dumps are equal, they have the rows that a restore counted
 */
function withRowsOf(known: DumpContents | undefined, read: DumpContents): DumpContents {
  if (known?.kind !== 'pg_dump' || read.kind !== 'pg_dump') return read;
  const counted = withRows(
    read,
    known.objects.flatMap(({ kind, schema, name, rows }) =>
      kind === 'TABLE' && schema !== null && rows !== null ? [{ schema, name, rows }] : [],
    ),
  );
  return contentsDigest(counted) === contentsDigest(known) ? counted : read;
}

function withRows(
  contents: PostgresContents,
  loaded: readonly { schema: string; name: string; rows: number }[],
): PostgresContents {
  const counts = new Map(loaded.map(({ schema, name, rows }) => [sortKey([schema, name]), rows]));
  const objects = contents.objects.map((object) => {
    const isCounted = object.kind === 'TABLE' && object.rows === null && object.schema !== null;
    const rows = isCounted ? counts.get(sortKey([object.schema ?? '', object.name])) : undefined;
    return rows === undefined ? object : { ...object, rows };
  });
  return { ...contents, objects };
}

/**
 * The stored contents of a backup; undefined if there are none, or if another version of the service wrote them in
 * another layout.
 */
export async function readContents(own: OwnBucket, backupId: string): Promise<DumpContents | undefined> {
  const text = await getText(own, keyOf(backupId));
  if (text === undefined) return undefined;
  const read = dumpContents.safeParse(JSON.parse(text));
  return read.success ? read.data : undefined;
}

/** The newest backup of the same database that was made before this one and whose contents are known. */
async function backupBefore(
  { backups }: Pick<BackupTables, 'backups'>,
  { id, connection_id, database_name, created_at }: Backup,
): Promise<Backup | undefined> {
  const filters = { connection_id, database_name };
  const { records } = await backups.list(filters, { limit: LOOKED_THROUGH, until: created_at });
  return records.find((other) => other.id !== id && other.contents !== null);
}

function figuresOf(contents: DumpContents): { tables: number; rows: number | null; data_bytes: number } {
  const tables =
    contents.kind === 'mysqldump' ? contents.tables : contents.objects.filter(({ kind }) => kind === 'TABLE');
  const rows = tables.map((table) => table.rows);
  return {
    tables: tables.length,
    rows: rows.includes(null) ? null : rows.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    data_bytes: tables.reduce((sum, { data_bytes }) => sum + (data_bytes ?? 0), 0),
  };
}

function keyOf(backupId: string): string {
  return `contents/${backupId}.json.gz`;
}
