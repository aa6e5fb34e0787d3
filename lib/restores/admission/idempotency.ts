import { v5 as uuidv5 } from 'uuid';
import { MalformedRequest } from '../../errors/errors.ts';

const RESTORE_NAMESPACE = '8d1f6a52-33f0-5b7e-8c51-9f0b6c2a7d44';

/**
 * The header's value.
 * @throws MalformedRequest if it is blank, too long, or not plain text.
 */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (!/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new MalformedRequest('Idempotency-Key must be 1 to 255 printable characters without spaces', {
      hint: 'Send a new UUID for each new restore.',
    });
  }
  return header;
}

/** The id of the restore that an event requests. It is the same however often the event is delivered. */
export function eventRestoreId(eventId: string): string {
  return uuidv5(`event:${eventId}`, RESTORE_NAMESPACE);
}

/**
 * The id of the run that an event starts for a plan, and of the restore of a run's entry. It is always the same, too.
 */
export function eventRunId(planId: string, pull: string): string {
  return uuidv5(`plan:${planId}:${pull}`, RESTORE_NAMESPACE);
}
export function entryRestoreId(runId: string, position: number): string {
  return uuidv5(`run:${runId}:${position}`, RESTORE_NAMESPACE);
}

/** The id of the restore of a request's second or later database. The first one has the request's own id. */
export function furtherRestoreId(restoreId: string, place: number): string {
  return uuidv5(`database:${restoreId}:${place}`, RESTORE_NAMESPACE);
}

/** The id of the restore for a user's Idempotency-Key. It is always the same, so that the restore starts only once. */
export function idempotentRestoreId(userId: string, key: string): string {
  return uuidv5(`${userId}:${key}`, RESTORE_NAMESPACE);
}
