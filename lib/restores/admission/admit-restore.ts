/**
 * Admits every restore. Everything that starts one (an API call, an event, an execution of the state machine, an entry
 * of a recovery plan), and the preview, which only needs the blockers, calls admitRestore(). It always makes the same
 * checks in the same order:
 *
 * 1. the rights of the requester;
 * 2. blockers that the records of backup and target show, which are cheap to read;
 * 3. blockers that have to be looked up: how far a physical backup's logs reach, whether the target has a password;
 * 4. another restore that writes to the target: this check comes last, because it takes the target.
 *
 * It stops at the first step that finds a blocker, unless all of them are requested.
 */

import type { Role } from '../../accounts/roles.ts';
import type { Backup } from '../../backups/model.ts';
import type { PlannedWindow } from '../../backups/physical/recovery-window.ts';
import { recoveryTargetOf, type TakeOut } from '../../backups/physical/take-out.ts';
import type { Readers } from '../../backups/tables.ts';
import type { Connection } from '../../connections/model.ts';
import { ServiceError } from '../../errors/errors.ts';
import { notFound } from '../../errors/not-found.ts';
import {
  backupSideRefusals,
  type ExecutionInput,
  eventRefusals,
  plansOf,
  type RestorePlan,
  skipRefusals,
  type TargetRequest,
  targetSideRefusals,
} from '../request.ts';

/** The request: the part of an execution's input that says what to restore, and where to. */
export type AskedRestore = Pick<ExecutionInput, 'backup_id'> & Partial<Pick<ExecutionInput, 'verify'>> & TargetRequest;

/**
 * Whose rights count: a person's, by role; an event's, which may only write to connections that allow it; or those of a
 * user who may start executions, which AWS has checked.
 */
export type Asker = { role: Role } | 'event' | 'execution';

/** What an admission reads and does. A check that is left out is skipped. */
export interface Admitter {
  /** If this is a `readOnce`, each record is read once. */
  records: Pick<Readers, 'backups' | 'connections'>;
  /**
   * Rejects with a ServiceError that says why the backup can't be recovered to the point. Returns undefined for a dump.
   */
  readWindow?(backup: Backup, request: TakeOut, plan: RestorePlan): Promise<PlannedWindow | undefined>;
  /** Rejects with a ServiceError if the target has no password. */
  requirePassword?(target: Connection): Promise<void>;
  /**
   * Takes the targets, or only checks whether they are free.
   * @param window of a physical backup, along the followed timeline.
   * @returns why they can't be taken.
   */
  takeTargets?(plans: readonly RestorePlan[], window: PlannedWindow | undefined): Promise<readonly ServiceError[]>;
}

export interface Admitted<R extends AskedRestore> {
  isAdmitted: true;
  /** The request, with the timeline that is followed to its point. */
  request: R;
  /** One for each target database. */
  plans: [RestorePlan, ...RestorePlan[]];
  /** The window of a physical backup, along the followed timeline. */
  window: PlannedWindow | undefined;
}

export interface Refused {
  isAdmitted: false;
  /** The first refusal is the one to report. There are others only if all were requested. */
  refusals: [ServiceError, ...ServiceError[]];
  /** The plans, if the records could be read nevertheless. */
  window: PlannedWindow | undefined;
}

/**
 * Decides whether a restore may start, and takes its target if the admitter does so.
 * @param tellsAll whether to continue after a refusal, as far as that makes sense.
 * @throws errors that aren't refusals, such as a service that doesn't answer.
 */
export async function admitRestore<R extends AskedRestore>(
  admitter: Admitter,
  { request, asker, tellsAll = false }: { request: R; asker: Asker; tellsAll?: boolean },
  now: Date,
): Promise<Admitted<R> | Refused> {
  const refusals: ServiceError[] =
    typeof asker === 'object' ? skipRefusals(request.verify ?? 'always', asker.role) : [];
  const isOver = () => refusals.length > 0 && !tellsAll;
  if (isOver()) return refused(refusals);

  const { backup, target } = await readNamed(admitter.records, request);
  if (backup === undefined) return refused([...refusals, notFound('backup')]);
  const ofBackup = backupSideRefusals(request, backup, now);
  // if an event may not write there, it only learns that, and nothing about the backup
  if (asker === 'event') {
    refusals.push(...(target === undefined ? [notFound('target connection')] : eventRefusals(target)));
  }
  refusals.push(...ofBackup);
  if (target === undefined) return refused([...refusals, notFound('target connection')]);
  const plans = plansOf(request, backup, target);
  refusals.push(...targetSideRefusals(request, plans));
  if (isOver()) return refused(refusals);

  const [window, noPassword] = await Promise.all([
    ofBackup.length > 0 ? undefined : orRefusal(admitter.readWindow?.(backup, request, plans[0])),
    orRefusal(admitter.requirePassword?.(target)),
  ]);
  refusals.push(...[window, noPassword].filter((found) => found instanceof ServiceError));
  const found = window instanceof ServiceError ? undefined : window;
  if (isOver()) return refused(refusals);

  refusals.push(...((await admitter.takeTargets?.(plans, found)) ?? []));
  if (refusals.length > 0) return refused(refusals, found);
  return { isAdmitted: true, request: withTimeline(request, found), plans, window: found };
}

/**
 * The admitted restore.
 * @throws the first refusal: NotFound, Conflict, Impossible, Forbidden, StorageProviderError
 */
export function orThrow<R extends AskedRestore>(admission: Admitted<R> | Refused): Admitted<R> {
  if (!admission.isAdmitted) throw admission.refusals[0];
  return admission;
}

/** The backup that a request names, and its target: the backup's own server, unless the request names another one. */
export async function readNamed(
  records: Pick<Readers, 'backups' | 'connections'>,
  { backup_id, target_connection }: Pick<AskedRestore, 'backup_id' | 'target_connection'>,
): Promise<{ backup: Backup | undefined; target: Connection | undefined }> {
  const backup = await records.backups.get(backup_id);
  const targetId = target_connection ?? backup?.connection_id;
  return { backup, target: targetId === undefined ? undefined : await records.connections.get(targetId) };
}

/** Fixes the timeline to the one that is found now, whatever is archived later. */
function withTimeline<R extends AskedRestore>(request: R, window: PlannedWindow | undefined): R {
  if (!window?.timeline || recoveryTargetOf(request).kind === 'backup') return request;
  return { ...request, timeline: window.timeline };
}

function refused(refusals: readonly ServiceError[], window?: PlannedWindow): Refused {
  return { isAdmitted: false, refusals: refusals as Refused['refusals'], window };
}

/** Returns a check's result, or the refusal that it rejects with. Throws any other error. */
async function orRefusal<T>(check: Promise<T> | undefined): Promise<T | ServiceError | undefined> {
  try {
    return await check;
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}
