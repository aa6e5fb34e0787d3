/**
 * What a backup contains, kept beside its record: the whole in the service's own bucket, a summary in the record. It is
 * compared with the backup before it of the same database as it arrives, since a backup that lost its rows verifies as well
 * as any other.
 */
import { compareContents } from '../../formats/compare-contents.ts';
import { contentsDigest } from '../../formats/contents-digest.ts';
import { canonicalJson, type DumpContents, dumpContents } from '../../formats/dump-contents.ts';
import { getText, type OwnBucket, putText } from '../../storage/objects/own-bucket.ts';
import type { Backup } from '../model.ts';
import type { BackupTables } from '../tables.ts';

const MOST_FINDINGS = 50;
const LONGEST_FINDING = 300;
/** So many backups of a database are looked through for the one before. */
const LOOKED_THROUGH = 50;

export interface ContentsStore {
  records: Pick<BackupTables, 'backups' | 'settings'>;
  own: OwnBucket;
}

/** The fields of the record that say what was kept. */
export type ContentsFields = Required<Pick<Backup, 'contents' | 'contents_state'>>;

/** @returns what the record is to say of them */
export async function keepContents(
  { records, own }: ContentsStore,
  backup: Backup,
  contents: DumpContents,
  now: Date,
): Promise<ContentsFields> {
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

/** What was kept of a backup; undefined if nothing was, or if it is in a layout of another version. */
export async function readContents(own: OwnBucket, backupId: string): Promise<DumpContents | undefined> {
  const text = await getText(own, keyOf(backupId));
  if (text === undefined) return undefined;
  const read = dumpContents.safeParse(JSON.parse(text));
  return read.success ? read.data : undefined;
}

/** The newest backup of the same database that was made before this one, and of which the contents are known. */
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
