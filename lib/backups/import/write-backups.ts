import { isInRepository } from '../../databases/physical-tools.ts';
import { jagadId } from '../catalogue/backup-key.ts';
import { type Correction, filling } from '../catalogue/filling.ts';
import { awaitsVerification } from '../catalogue/new-backup.ts';
import type { Backup } from '../model.ts';
import { concurrently, WRITES_AT_ONCE } from '../scan/concurrently.ts';
import type { ImportAnswer } from '../schemas.ts';
import type { BackupTables } from '../tables.ts';
import type { ImportedBackup } from './imported-backup.ts';
import type { Said } from './said.ts';

export interface WrittenBackups {
  counts: ImportAnswer['backups'];
  /** The storage providers with new backups to verify. */
  toVerify: Set<string>;
}

/** Returns the name of a connection or storage provider. */
export type NameOf = (field: Correction['field'], id: string) => string | undefined;

/**
 * Registers new backups, and fills in or corrects existing ones.
 * @param deadline a time in ms: work that hasn't begun by then is left for the next call.
 */
export async function writeBackups(
  records: Pick<BackupTables, 'backups'>,
  found: readonly ImportedBackup[],
  nameOf: NameOf,
  said: Said,
  deadline: number,
): Promise<WrittenBackups> {
  const written: WrittenBackups = {
    counts: { created: 0, corrected: 0, filled: 0, known: 0, left: 0 },
    toVerify: new Set(),
  };
  const known = await records.backups.getMany(found.map(({ backup }) => backup.id));
  await concurrently(found, WRITES_AT_ONCE, async (one) => {
    if (Date.now() > deadline) {
      written.counts.left++;
      return;
    }
    const { outcome, record } = await writeOne(records, one, known.get(one.backup.id), nameOf, said);
    written.counts[outcome]++;
    if (outcome !== 'known' && awaitsVerification(record) && record.storage_provider_id) {
      written.toVerify.add(record.storage_provider_id);
    }
  });
  return written;
}

async function writeOne(
  records: Pick<BackupTables, 'backups'>,
  { backup, told }: ImportedBackup,
  known: Backup | undefined,
  nameOf: NameOf,
  said: Said,
): Promise<{ outcome: 'created' | 'corrected' | 'filled' | 'known'; record: Backup }> {
  for (let before = known; ; before = await records.backups.get(backup.id)) {
    if (before === undefined) {
      if (await records.backups.insert(backup)) return { outcome: 'created', record: backup };
      continue; // it was created in the meantime: look at it
    }
    const { fields, corrections, contradictions } = filling(before, backup, told);
    const warnings = contradictions.map((one) => (typeof one === 'string' ? one : contradicted(one, nameOf)));
    const changes = { ...fields, ...(isSame(warnings, before.warnings) ? {} : { warnings }) };
    // only if it is unchanged, because a verification may have written in between
    const was = Object.fromEntries(Object.keys(fields).map((field) => [field, before[field as keyof Backup]]));
    if (Object.keys(changes).length > 0 && !(await records.backups.update(backup.id, changes, was))) continue;
    for (const warning of warnings) said.warn(backup.id, warning);
    for (const one of corrections) if (!isTime(one)) said.warn(backup.id, corrected(one, nameOf));
    const outcome = corrections.length > 0 ? 'corrected' : Object.keys(fields).length > 0 ? 'filled' : 'known';
    return { outcome, record: { ...before, ...fields } };
  }
}

const DROPPED = 'Jagad no longer lists this backup: its object may be gone';

/** Warns about backups of these connections that Jagad no longer lists, and stores the warning in their records. */
export async function warnOfDropped(
  records: Pick<BackupTables, 'backups'>,
  connectionIds: Iterable<string>,
  listedIds: readonly string[],
  said: Said,
): Promise<void> {
  const listed = new Set(listedIds.map((id) => id.toLowerCase()));
  for (const connection_id of connectionIds) {
    for await (const backup of records.backups.all({ connection_id })) {
      if (!isJagads(backup) || listed.has(backup.id)) continue;
      said.warn(backup.id, DROPPED);
      if (backup.warnings.includes(DROPPED)) continue;
      await records.backups.update(backup.id, { warnings: [...backup.warnings, DROPPED] });
    }
  }
}

/** Whether Jagad must have listed it once. That is unknown for a set in a pgBackRest repository. */
function isJagads({ id, connection_source, engine, storage_path }: Backup): boolean {
  if (isInRepository(engine)) return false;
  return connection_source === 'jagad' || (connection_source === 'key' && jagadId(storage_path) === id);
}

function corrected({ field, from, to }: Correction, nameOf: NameOf): string {
  return `corrected: its ${wordOf(field)} was ${named(field, from, nameOf)}, and is now ${named(field, to, nameOf)}, as Jagad says`;
}

function contradicted({ field, from, to }: Correction, nameOf: NameOf): string {
  return `Jagad says that its ${wordOf(field)} is ${named(field, to, nameOf)}; the record keeps ${named(field, from, nameOf)}`;
}

function named(field: Correction['field'], value: string | null, nameOf: NameOf): string {
  if (value === null || value === '') return 'none';
  const name = nameOf(field, value);
  return name === undefined ? value : `${name} (${value})`;
}

function isTime({ field }: Correction): boolean {
  return field === 'created_at' || field === 'started_at' || field === 'completed_at';
}

const WORDS: Partial<Record<Correction['field'], string>> = {
  connection_id: 'connection',
  database_name: 'database',
  storage_provider_id: 'storage provider',
  storage_path: 'storage path',
};

function wordOf(field: Correction['field']): string {
  return WORDS[field] ?? field;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
