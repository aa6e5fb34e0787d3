import { v5 as uuidv5 } from 'uuid';
import type { BusEvent } from '../storage/bus-event.ts';
import type { AccountTables } from './tables.ts';

const AUDIT_NAMESPACE = '1f2b6f0e-6f0a-5d0c-9a58-3c6d2b7e9f10';
const LONGEST = 500;

export interface EventOutcome {
  /** The kind of event, in the field that names the call in other entries. */
  call: string;
  /** What it is about: the record that the event created, or would have created. */
  path: string;
  /** The status that a call would have returned. */
  status: number;
  /** What it did, or why it did nothing. */
  detail: string;
}

/**
 * Writes into the audit log what an event started, or why it started nothing. If an event is delivered twice, it is
 * written once.
 */
export async function auditEvent(
  records: Pick<AccountTables, 'audit'>,
  event: BusEvent,
  { call, path, status, detail }: EventOutcome,
  now: Date,
): Promise<void> {
  await records.audit.insert({
    id: uuidv5(`${event.id}:${call}:${path}`, AUDIT_NAMESPACE),
    // no user can have this name: a user name contains no space
    username: `event ${event.source}`.slice(0, LONGEST),
    role: null,
    call,
    path,
    status,
    address: `account ${event.account}`,
    detail: `${detail} (event ${event.id})`.slice(0, LONGEST),
    created_at: now.toISOString(),
  });
}
