import { z } from 'zod';
import { mayAct, type Role } from '../accounts/roles.ts';
import type { Backup } from '../backups/model.ts';
import { ownServerRefusals } from '../backups/own-server.ts';
import {
  givenPoints,
  recoveryTargetOf,
  type TakeOut,
  takeOutFields,
  takeOutRefusals,
} from '../backups/physical/take-out.ts';
import type { Connection } from '../connections/model.ts';
import { databaseName, databaseNameRefusals, serversName } from '../databases/database-name.ts';
import { isInRepository, PHYSICAL_TOOLS } from '../databases/physical-tools.ts';
import { Conflict, Forbidden, Impossible, type RequestError, throwFirst } from '../errors/errors.ts';
import { notFound } from '../errors/not-found.ts';
import { id } from '../storage/fields.ts';
import { type Restore, TRIGGERS } from './model.ts';

const fields = z.strictObject({
  target_connection: id.nullish(),
  target_database: databaseName.nullish(),
  /**
   * Whether to verify before the restore: always, only if it wasn't verified in the last 24 hours, or never (for
   * administrators).
   */
  verify: z.enum(['always', 'recent', 'skip']).default('always'),
  ...takeOutFields,
});
const isOnePoint = (request: z.output<typeof fields>) => givenPoints(request).length <= 1;
const ONE_POINT = 'give one of point_in_time, transaction_id, restore_point and gtid';

/** The body of `POST /api/backups/{id}/restore`. */
export const restoreBody = fields.refine(isOnePoint, ONE_POINT);
export type VerifyMode = z.output<typeof restoreBody>['verify'];

/** The input of an execution of the restore state machine. To start one by hand, `{"backup_id": "…"}` is enough. */
export const executionInput = fields
  .extend({ backup_id: id, trigger: z.enum(TRIGGERS).default('console') })
  .refine(isOnePoint, ONE_POINT);
export type ExecutionInput = z.infer<typeof executionInput>;

/** Whether two records are for the same request. If an Idempotency-Key is used again, the request must be the same. */
export function isSameRestore(one: Restore, other: Restore): boolean {
  const asked = ({ backup_id, target_connection, target_database, recovery }: Restore) =>
    JSON.stringify([
      ...[backup_id, target_connection, target_database],
      recovery && [recovery.source_database, recovery.target, recovery.restore_ids],
    ]);
  const [timeline, ofOther] = [one.recovery?.timeline ?? null, other.recovery?.timeline ?? null];
  // if a request names none, it gets the one that is found for it
  const isSameTimeline = timeline === null || ofOther === null || timeline === ofOther;
  return isSameTimeline && asked(one) === asked(other);
}

/** What a restore does. This exists once its request has been found possible. */
export interface RestorePlan {
  backup: Backup;
  target: Connection;
  /** The database to write to. */
  database: string;
}

/** Where a request says to restore to. */
export type TargetRequest = Pick<ExecutionInput, 'target_connection' | 'target_database' | keyof TakeOut>;

/**
 * Decides whether a backup can be restored as requested. Returns one plan per target database; a dump only has one.
 * @throws NotFound, Conflict, Impossible
 */
export function planRestores(
  request: TargetRequest,
  backup: Backup | undefined,
  target: Connection | undefined,
  now = new Date(),
): [RestorePlan, ...RestorePlan[]] {
  if (backup === undefined) throw notFound('backup');
  throwFirst(backupSideRefusals(request, backup, now));
  if (target === undefined) throw notFound('target connection');
  const plans = plansOf(request, backup, target);
  throwFirst(targetSideRefusals(request, plans));
  return plans;
}

/** Why a backup can't be restored at all, or not as requested. */
export function backupSideRefusals(request: TargetRequest, backup: Backup, now: Date): RequestError[] {
  return [...backupRefusals(backup, now), ...takeOutRefusals(request, backup)];
}

/** The plans of a request, whether or not they are possible. */
export function plansOf(request: TargetRequest, backup: Backup, target: Connection): [RestorePlan, ...RestorePlan[]] {
  const planFor = (database: string) => ({ backup, target, database });
  const [first, ...others] = request.databases ?? [];
  return [
    planFor(first?.to ?? request.target_database ?? backup.database_name),
    ...others.map(({ to }) => planFor(to)),
  ];
}

/** Why the target of a plan doesn't fit the backup, or isn't certain to be the intended one. */
export function targetSideRefusals(
  request: Pick<TargetRequest, 'target_connection'>,
  plans: readonly [RestorePlan, ...RestorePlan[]],
): RequestError[] {
  const [{ backup, target }] = plans;
  const ofOwnServer = request.target_connection ? [] : ownServerRefusals(backup, target);
  return [...ofOwnServer, ...plans.flatMap(targetRefusals), ...namesakeRefusals(plans)];
}

/** The request of a record, to make the same checks again, because backup and target may have changed. */
export function planOfRestore(
  restore: Restore,
  backup: Backup | undefined,
  target: Connection | undefined,
): RestorePlan {
  const { target_connection, target_database, recovery } = restore;
  const databases = recovery && [{ from: recovery.source_database, to: target_database ?? recovery.source_database }];
  const request = { target_connection, target_database: databases ? null : target_database, databases };
  return planRestores(request, backup, target)[0];
}

/** Why a backup can't be restored, whatever the target. */
export function backupRefusals(backup: Backup, now: Date): RequestError[] {
  const refusals: RequestError[] = [];
  if (backup.status !== 'success') {
    refusals.push(
      new Conflict(`cannot restore backup with status: ${backup.status}`, {
        hint:
          backup.status === 'running'
            ? `It has been running for ${ageOf(backup, now)}, as far as Jagad's record says. If Jagad was stopped during the backup, the record will never change: restore another backup.`
            : 'Read the log of the backup, and restore one that succeeded.',
      }),
    );
  }
  if (backup.backup_type !== 'full' && backup.engine === null) {
    refusals.push(
      new Impossible('cannot restore an incremental backup made by an unknown tool', {
        hint: 'Import it again: its record must name the engine (pgbackrest, mariabackup or xtrabackup).',
      }),
    );
  }
  return refusals;
}

function ageOf({ started_at, created_at }: Backup, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(started_at ?? created_at)) / 1000));
  const units = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ] as const;
  const [unit, name] = units.find(([unit]) => seconds >= unit) ?? [1, 'second'];
  const count = Math.floor(seconds / unit);
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

/** Why a backup that isn't a single object can't be restored. */
export function downloadRefusals({ engine, storage_path }: Pick<Backup, 'engine' | 'storage_path'>): RequestError[] {
  if (!isInRepository(engine)) return [];
  return [
    new Impossible(
      `a ${PHYSICAL_TOOLS[engine].title} backup consists of many objects, which cannot be downloaded as one`,
      {
        hint: `Fetch it with ${PHYSICAL_TOOLS[engine].title} itself, from its repository at ${storage_path}.`,
      },
    ),
  ];
}

/** Why a target doesn't fit the backup. */
export function targetRefusals({ backup, target, database }: RestorePlan): RequestError[] {
  const refusals: RequestError[] = [];
  if (target.db_type !== backup.db_type) {
    refusals.push(
      new Impossible(`cannot restore a ${backup.db_type} backup to a ${target.db_type} server`, {
        hint: `Choose a target connection of type ${backup.db_type}.`,
      }),
    );
  }
  return [...refusals, ...databaseNameRefusals(target.db_type, database)];
}

/** The errors of plans that would write to the same database twice. */
export function namesakeRefusals(plans: readonly RestorePlan[]): RequestError[] {
  const keys = plans.map(targetKey);
  const namesakes = plans.filter((_, index) => keys.indexOf(keys[index] as string) < index);
  return namesakes.map(
    ({ database }) =>
      new Impossible(`two databases would both become ${database}`, { hint: 'Give each a name of its own.' }),
  );
}

/** The error if someone skips the verification who isn't allowed to. */
export function skipRefusals(verify: VerifyMode, role: Role): RequestError[] {
  if (verify !== 'skip' || mayAct(role, 'admin')) return [];
  return [
    new Forbidden('only an administrator may restore a backup without verifying it', {
      hint: 'Leave "verify" out, or ask an administrator.',
    }),
  ];
}

/**
 * The error if an event may not write to a target: otherwise, anyone who may send events could overwrite production.
 */
export function eventRefusals({ name, event_restore_allowed }: Connection): RequestError[] {
  if (event_restore_allowed) return [];
  return [
    new Forbidden(`the connection ${name} does not allow restores that events start`, {
      hint: 'Set event_restore_allowed on the connection, or choose another target_connection.',
    }),
  ];
}

/**
 * The records of a request that starts now: one for each database to restore from a physical backup.
 * @param idOf returns the id for a position. The first one has the execution's name.
 */
export function newRestores(
  restoreId: string,
  request: ExecutionInput,
  idOf: (restoreId: string, place: number) => string,
  now: Date,
): [Restore, ...Restore[]] {
  const [first, ...others] = request.databases ?? [];
  if (first === undefined) return [newRestore(restoreId, request, now)];
  const restore_ids = [restoreId, ...others.map((_, index) => idOf(restoreId, index + 1))];
  const target = recoveryTargetOf(request);
  const timeline = request.timeline ?? null;
  const timings = { download_ms: null, prepare_ms: null, replay_ms: null, load_ms: null };
  const record = (id: string, { from, to }: typeof first) => ({
    ...newRestore(id, request, now),
    target_database: to,
    recovery: { restore_ids, source_database: from, target, timeline, reached: null, timings },
  });
  return [
    record(restoreId, first),
    ...others.map((database, index) => record(restore_ids[index + 1] as string, database)),
  ];
}

function newRestore(restoreId: string, request: ExecutionInput, now: Date): Restore {
  return {
    id: restoreId,
    backup_id: request.backup_id,
    target_connection: request.target_connection ?? null,
    target_database: request.target_database ?? null,
    status: 'running',
    trigger: request.trigger,
    warnings: [],
    error: null,
    progress: null,
    target_state: 'untouched',
    tables: null,
    duration_ms: null,
    log_output: '',
    execution_arn: null,
    verified: null,
    task: null,
    recovery: null,
    cancelled_by: null,
    task_stopped_at: null,
    claimed_by: null,
    worker_seen_at: null,
    stop_asked_at: null,
    started_at: now.toISOString(),
    completed_at: null,
    created_at: now.toISOString(),
  };
}

/** Names one database of one server, whatever the connection to it is called. A restore's lock has this name. */
export function targetKey({ target, database }: Pick<RestorePlan, 'target' | 'database'>): string {
  return `${target.host.toLowerCase().replace(/\.$/, '')}:${target.port}/${serversName(target.db_type, database)}`;
}
