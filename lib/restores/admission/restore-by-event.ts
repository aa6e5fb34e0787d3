/** `Restore Requested`: an event that requests a restore. If it is refused, nothing starts, and a record says why. */
import type { z } from 'zod';
import { auditEvent } from '../../accounts/audit-event.ts';
import type { Backup } from '../../backups/model.ts';
import {
  type Failure,
  Forbidden,
  MalformedRequest,
  RequestError,
  ServiceError,
  toFailure,
} from '../../errors/errors.ts';
import { issuesOf } from '../../errors/issues.ts';
import type { BusEvent } from '../../storage/bus-event.ts';
import { endingOf } from '../end/end.ts';
import { REQUEST_SOURCE, RESTORE_REQUESTED, restoreRequest } from '../events.ts';
import type { Restore } from '../model.ts';
import { type ExecutionInput, newRestores } from '../request.ts';
import type { RestoreTables } from '../tables.ts';
import { eventRestoreId, furtherRestoreId } from './idempotency.ts';
import { pickBackup } from './pick-backup.ts';
import { readOnce } from './read-once.ts';
import { insertRestore, type RestoreRecorder } from './record-restore.ts';
import { type RestoreStarter, startNewRestore } from './start-restore.ts';

type Request = z.infer<typeof restoreRequest>;

export interface RequestStarter extends RestoreStarter {
  records: RestoreTables;
}

export interface RequestOutcome {
  /** Undefined if it isn't even clear which backup was meant. */
  restore: Restore | undefined;
  /** Why nothing was started. */
  refusal: Failure | undefined;
}

/**
 * Starts what an event requests, once, however often the event is delivered.
 * @throws any error that isn't a refusal, such as a service that doesn't answer: the event is then delivered again.
 */
export async function restoreRequested(starter: RequestStarter, event: BusEvent, now: Date): Promise<RequestOutcome> {
  const restoreId = eventRestoreId(event.id);
  const known = await starter.records.restores.get(restoreId);
  const outcome =
    known === undefined
      ? await startOrRefuse(starter, event, restoreId, now)
      : { restore: known, refusal: undefined, status: 201 };
  const { restore, refusal, status } = outcome;
  const detail = refusal === undefined ? 'a restore was started' : `${refusal.code}: ${refusal.message}`;
  const path = restore === undefined ? '' : `/api/restores/${restore.id}`;
  await auditEvent(starter.records, event, { call: `event ${RESTORE_REQUESTED}`, path, status, detail }, now);
  return { restore, refusal };
}

async function startOrRefuse(
  starter: RequestStarter,
  event: BusEvent,
  restoreId: string,
  now: Date,
): Promise<RequestOutcome & { status: number }> {
  let named: { records: RestoreStarter['records']; request: ExecutionInput } | undefined;
  try {
    const asked = readRequest(event);
    const backup = await backupOf(starter, asked);
    const { target_connection, target_database, verify } = asked;
    const request = { backup_id: backup.id, target_connection, target_database, verify, trigger: 'event' } as const;
    named = { records: readOnce(starter.records, backup), request };
    const restore = await startNewRestore({ ...starter, records: named.records }, restoreId, request, 'event', now);
    return { restore, refusal: undefined, status: 201 };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const refusal = toFailure(error);
    const restore =
      named && (await recordRefused({ ...starter, records: named.records }, restoreId, named.request, refusal, now));
    return { restore, refusal, status: error instanceof RequestError ? error.status : 422 };
  }
}

/** @throws Forbidden for an event of the service itself, or if its source may not request restores; MalformedRequest */
function readRequest({ source, detail }: BusEvent): Request {
  if (source !== REQUEST_SOURCE) {
    throw new Forbidden(`an event with the source ${source} can't start a restore`, {
      hint: `Send it with the source ${REQUEST_SOURCE}.`,
    });
  }
  const request = restoreRequest.safeParse(detail);
  if (request.success) return request.data;
  throw new MalformedRequest(`the event is not a restore request: ${issuesOf(request.error)}`, {
    hint: 'Send at least {"backup_id": "<uuid>", "target_connection": "<uuid>"}.',
  });
}

function backupOf({ records }: RequestStarter, asked: Request): Promise<Backup> {
  const { backup_id, connection_id = '', database = '' } = asked;
  const choice =
    backup_id === undefined ? ({ kind: 'newest_verified' } as const) : ({ kind: 'backup', backup_id } as const);
  return pickBackup(records, { connection_id, database }, choice);
}

/** The record of a restore that never ran, for people who look for the event's result. */
async function recordRefused(
  recorder: RestoreRecorder,
  restoreId: string,
  request: ExecutionInput,
  failure: Failure,
  now: Date,
): Promise<Restore> {
  const [asked] = newRestores(restoreId, request, furtherRestoreId, now);
  const restore = { ...asked, ...endingOf(asked, { status: 'failed', failure }, now) };
  return (await insertRestore(recorder, restore)) ?? restore;
}
