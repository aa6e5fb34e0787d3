/**
 * The part of a restore request that is about physical backups: which databases to restore, and to which point. Pure.
 */
import { z } from 'zod';
import { databaseName } from '../../databases/database-name.ts';
import { type RecoveryTarget, recoveryTargetFields, timelineField } from '../../engines/physical/recovery-target.ts';
import { Impossible, type RequestError } from '../../errors/errors.ts';
import { utcTime } from '../../formats/zoned-time.ts';
import type { Backup } from '../model.ts';

/** The databases' names in the backup, and their names on the target. */
const databases = z
  .array(z.strictObject({ from: databaseName, to: databaseName }))
  .min(1)
  .max(50);

export const takeOutFields = {
  databases: databases.nullish(),
  ...recoveryTargetFields,
  timeline: timelineField.nullish(),
};

export type TakeOut = z.output<z.ZodObject<typeof takeOutFields>>;

const POINTS = ['point_in_time', 'transaction_id', 'restore_point', 'gtid'] as const;

/** The fields that say how far to recover. A request may have only one of them. */
export function givenPoints(request: TakeOut): string[] {
  return POINTS.filter((field) => request[field] !== undefined && request[field] !== null);
}

export function recoveryTargetOf({ point_in_time, transaction_id, restore_point, gtid }: TakeOut): RecoveryTarget {
  if (point_in_time) return { kind: 'time', time: utcTime(point_in_time) };
  if (transaction_id) return { kind: 'transaction', id: transaction_id };
  if (restore_point) return { kind: 'name', name: restore_point };
  if (gtid) return { kind: 'gtid', gtid };
  return { kind: 'backup' };
}

/** The errors of a request that treats a dump like a physical backup, or a physical backup like a dump. */
export function takeOutRefusals(
  request: TakeOut & { target_database?: string | null | undefined },
  { engine }: Pick<Backup, 'engine'>,
): RequestError[] {
  const points = givenPoints(request);
  if (engine === null) {
    const asked = [...(request.databases ? ['databases'] : []), ...points, ...(request.timeline ? ['timeline'] : [])];
    if (asked.length === 0) return [];
    return [
      new Impossible(`this backup is a dump, which does not support ${asked.join(' or ')}`, {
        hint: 'A dump holds one database at one moment. Leave these out, or restore a backup of pgBackRest, Mariabackup or XtraBackup.',
      }),
    ];
  }
  if (!request.databases) {
    return [
      new Impossible('this backup holds a whole server: say which databases to restore', {
        hint: 'Give "databases", such as [{"from": "shop", "to": "shop_restored"}]. Nothing else on the target is touched.',
      }),
    ];
  }
  if (request.timeline && points.length === 0) {
    return [
      new Impossible('timeline is given without a point', {
        hint: 'Give point_in_time, transaction_id or restore_point with it. Without a point, the backup is restored as it is, on the timeline that it was made on.',
      }),
    ];
  }
  if (request.target_database) {
    return [
      new Impossible('target_database and databases are both given', {
        hint: 'Leave target_database out: each of "databases" says its target in "to".',
      }),
    ];
  }
  return [];
}
