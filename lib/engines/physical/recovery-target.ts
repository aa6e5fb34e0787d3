/** How far to recover a physical backup: to its own end, or along the server's archived logs to a later point. */
import { z } from 'zod';
import { zonedTime } from '../../formats/zoned-time.ts';

/** A PostgreSQL transaction id, as returned by `pg_current_xact_id()`: up to 64 bits. */
const TRANSACTION_ID = 'must be a transaction id: digits, in quotes, such as "742"';
const transactionId = z
  .string(TRANSACTION_ID)
  .regex(/^[1-9]\d{0,19}$/, { error: TRANSACTION_ID, abort: true })
  .refine((id) => BigInt.asUintN(64, BigInt(id)) === BigInt(id), 'must be a transaction id: of 64 bits at most');

/** `MAXFNAMELEN - 1` in PostgreSQL's xlog_internal.h, the maximum length of a name for pg_create_restore_point. */
const MAX_POINT_BYTES = 63;
const restorePoint = z
  .string()
  .min(1)
  .max(MAX_POINT_BYTES)
  .regex(/^\P{Cc}+$/u, 'must not contain control characters')
  .refine(
    (name) => new TextEncoder().encode(name).length <= MAX_POINT_BYTES,
    `must have at most ${MAX_POINT_BYTES} bytes`,
  );

const MARIADB_GTID = String.raw`\d+-\d+-\d+`;
const MYSQL_GTID = String.raw`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:\d+(-\d+)?)+`;
/** MariaDB's form is `0-1-100`, MySQL's is `uuid:1-5`. Several are separated by commas. */
const gtid = z
  .string()
  .max(1000)
  .regex(
    new RegExp(`^(${MARIADB_GTID}(,${MARIADB_GTID})*|${MYSQL_GTID}(,${MYSQL_GTID})*)$`, 'i'),
    'must be a GTID: 0-1-100 of MariaDB, uuid:1-5 of MySQL',
  )
  .refine(
    (text) => text.split(/[^0-9a-f]/i).every((part) => !/^\d+$/.test(part) || Number(part) <= Number.MAX_SAFE_INTEGER),
    `must be of numbers up to ${Number.MAX_SAFE_INTEGER}`,
  );

/** The fields of a restore request that set the target. A request may have at most one of them. */
export const recoveryTargetFields = {
  /** Just before this moment's first change. Has a time zone. */
  point_in_time: zonedTime.nullish(),
  /** PostgreSQL: up to and including this transaction. */
  transaction_id: transactionId.nullish(),
  /** PostgreSQL: up to the point that pg_create_restore_point created with this name. */
  restore_point: restorePoint.nullish(),
  /** MySQL and MariaDB: up to and including these transactions. */
  gtid: gtid.nullish(),
};

/** PostgreSQL: the timeline to follow, if promoted servers began new ones after the backup. */
export const timelineField = z
  .number()
  .int()
  .positive()
  .max(0xffffffff)
  .describe(
    'for pgBackRest: the timeline to follow; required if several continue after the backup, see its recovery window',
  );

export const recoveryTarget = z.discriminatedUnion('kind', [
  /** The state in the backup itself. */
  z.object({ kind: z.literal('backup') }),
  /** ISO 8601, UTC. */
  z.object({ kind: z.literal('time'), time: z.iso.datetime() }),
  z.object({ kind: z.literal('transaction'), id: transactionId }),
  z.object({ kind: z.literal('name'), name: restorePoint }),
  z.object({ kind: z.literal('gtid'), gtid }),
]);
export type RecoveryTarget = z.infer<typeof recoveryTarget>;
