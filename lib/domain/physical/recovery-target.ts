/** How far a physical backup is taken: to its own end, or along the server's archived logs to a point after it. */
import { z } from 'zod';
import { zonedTime } from '../zoned-time.ts';

/** A PostgreSQL transaction id, as `pg_current_xact_id()` tells it: up to 64 bits. */
const TRANSACTION_ID = 'must be a transaction id: digits, in quotes, such as "742"';
const transactionId = z.string(TRANSACTION_ID).regex(/^[1-9]\d{0,19}$/, TRANSACTION_ID);
/** pg_create_restore_point takes up to 63 bytes. */
const restorePoint = z
  .string()
  .min(1)
  .max(63)
  .regex(/^\P{Cc}+$/u, 'must not hold control characters');
/** MariaDB's `0-1-100`, several joined by commas; MySQL's `uuid:1-5`, several joined by commas. */
const gtid = z
  .string()
  .max(1000)
  .regex(
    /^(\d+-\d+-\d+(,\d+-\d+-\d+)*|[0-9a-f-]{36}:[0-9-:]+(,[0-9a-f-]{36}:[0-9-:]+)*)$/i,
    'must be a GTID: 0-1-100 of MariaDB, uuid:1-5 of MySQL',
  );

/** The fields of a restore request that say so: one of them at most. */
export const recoveryTargetFields = {
  /** Just before this moment's first change; with a zone. */
  point_in_time: zonedTime.nullish(),
  /** PostgreSQL: up to and with this transaction. */
  transaction_id: transactionId.nullish(),
  /** PostgreSQL: up to what pg_create_restore_point named so. */
  restore_point: restorePoint.nullish(),
  /** MySQL and MariaDB: up to and with these transactions. */
  gtid: gtid.nullish(),
};

export const recoveryTarget = z.discriminatedUnion('kind', [
  /** The state that the backup itself holds. */
  z.object({ kind: z.literal('backup') }),
  /** ISO 8601, UTC. */
  z.object({ kind: z.literal('time'), time: z.iso.datetime() }),
  z.object({ kind: z.literal('transaction'), id: transactionId }),
  z.object({ kind: z.literal('name'), name: restorePoint }),
  z.object({ kind: z.literal('gtid'), gtid }),
]);
export type RecoveryTarget = z.infer<typeof recoveryTarget>;
