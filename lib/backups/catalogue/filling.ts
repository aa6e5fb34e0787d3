/**
 * What an import or a scan changes in an existing record. Both fill in what the record lacks. Beyond that, Jagad's own
 * record overrides what a scan guessed from a key. What was verified, or set by a person, overrides Jagad's record.
 */
import type { Backup } from '../model.ts';
import { lastVerdict, UNVERIFIED } from '../verify/model.ts';

/** Filled in if the record has no value. */
const FILLED = [
  'storage_provider_id',
  'storage_path',
  'object_bytes',
  'size_bytes',
  'engine',
  'parent_id',
  'label',
  'stanza',
  'from_lsn',
  'to_lsn',
  'wal_start',
  'wal_stop',
  'server_version',
  'encryption_algo',
  'encryption_key_id',
  'checksum',
  'log_output',
  'started_at',
  'completed_at',
] as const satisfies (keyof Backup)[];

/** What Jagad's record may correct. */
const CORRECTED = [
  'connection_id',
  'database_name',
  'status',
  'storage_provider_id',
  'storage_path',
  'started_at',
  'completed_at',
  'created_at',
] as const satisfies (keyof Backup)[];
export type Corrected = (typeof CORRECTED)[number];

export interface Correction {
  field: Corrected;
  from: string | null;
  to: string | null;
}

export interface Filling {
  /** The fields to write; empty if the record stays as it is. */
  fields: Partial<Backup>;
  /** The previous values that were different. */
  corrections: Correction[];
  /** Fields where Jagad's value differs and the record keeps its own. */
  contradictions: (Correction | string)[];
}

/** @param told the fields that Jagad's own record gives; none for a scan. */
export function filling(known: Backup, found: Backup, told: readonly Corrected[] = []): Filling {
  const fields: Partial<Backup> = Object.fromEntries(
    FILLED.filter((field) => isEmpty(known[field]) && !isEmpty(found[field])).map((field) => [field, found[field]]),
  );
  // a scan assumes that a copy is incremental, because its key doesn't say; any other source knows better
  const isGuess = known.engine !== null && known.backup_type === 'incremental' && known.parent_id === null;
  if (isGuess && found.backup_type === 'full') fields.backup_type = 'full';
  // the backup was imported while Jagad was making it
  if (known.status === 'running' && found.status !== 'running') fields.status = found.status;
  const corrections: Correction[] = [];
  const contradictions: Filling['contradictions'] = [];
  for (const field of CORRECTED) {
    if (!told.includes(field) || field in fields || isEmpty(found[field]) || known[field] === found[field]) continue;
    const change = { field, from: known[field], to: found[field] };
    const verdict = judge(field, known, found);
    if (verdict === 'corrected') {
      Object.assign(fields, { [field]: found[field] });
      corrections.push(change);
    } else if (verdict === 'contradicted') contradictions.push(change);
  }
  if (fields.connection_id !== undefined) fields.db_type = found.db_type;
  if (told.includes('connection_id') && known.connection_source === 'key') fields.connection_source = 'jagad';
  const isOtherObject = corrections.some(({ field }) => field === 'storage_path' || field === 'storage_provider_id');
  if (isOtherObject) fields.object_bytes = found.object_bytes;
  // a backup that passed as a plain dump is verified again if Jagad says otherwise
  if (isOtherObject || (fields.encryption_algo && known.verify_status !== 'pending')) Object.assign(fields, UNVERIFIED);
  if (known.checksum !== null && found.checksum !== null && known.checksum !== found.checksum) {
    contradictions.push(
      `Jagad's checksum ${found.checksum} differs from the record's ${known.checksum}, which is kept: the object may not be the one that Jagad wrote`,
    );
  }
  return { fields, corrections, contradictions };
}

type Verdict = 'corrected' | 'contradicted' | 'kept';

function judge(field: Corrected, known: Backup, found: Backup): Verdict {
  const { connection_source } = known;
  const hasPassed = lastVerdict(known) === 'passed';
  switch (field) {
    case 'connection_id':
    case 'database_name':
      return connection_source === 'you' ? 'contradicted' : 'corrected';
    case 'status':
      // a complete object may exist before Jagad has recorded it
      return found.status === 'running' && hasPassed ? 'kept' : 'corrected';
    case 'storage_provider_id':
    case 'storage_path':
      // what was verified was read from this path
      return connection_source === 'you' || hasPassed ? 'contradicted' : 'corrected';
    default:
      // a scan's times come from the store's clock; other sources may be more precise than Jagad's record
      return connection_source === 'key' ? 'corrected' : 'kept';
  }
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}
