/**
 * A recovery's settings in the wizard's address: `?from=shop&to=shop_restored&point_in_time=…`, with a `from` and a
 * `to` for each database, and the API's own fields for the point and the timeline. Pure.
 */
import { type RecoveryTarget, timelineField } from '../../../lib/engines/physical/recovery-target.ts';

export type PointKind = RecoveryTarget['kind'];

/** The API's fields that say how far to recover. If none is given, that is the state in the backup itself. */
export const POINT_FIELD = {
  time: 'point_in_time',
  transaction: 'transaction_id',
  name: 'restore_point',
  gtid: 'gtid',
} as const satisfies Record<Exclude<PointKind, 'backup'>, string>;

/** As the user typed it. */
export interface Database {
  from: string;
  to: string;
}

export interface Point {
  kind: PointKind;
  /** As the user typed it. A valid time is in ISO 8601. */
  text: string;
}

export interface RecoveryRequest {
  connectionId: string | null;
  databases: readonly Database[];
  point: Point;
  /** The timeline to follow to the point; null if none is chosen. */
  timeline: number | null;
}

export function recoveryAddress(request: RecoveryRequest): URLSearchParams {
  const { connectionId, databases, point, timeline } = request;
  const { kind, text } = point;
  const address = new URLSearchParams(connectionId === null ? {} : { target_connection: connectionId });
  for (const { from, to } of databases) {
    address.append('from', from);
    address.append('to', to);
  }
  if (kind !== 'backup') address.set(POINT_FIELD[kind], text);
  if (timeline !== null) address.set('timeline', String(timeline));
  return address;
}

/** The settings in an address. If it names no point, that is the state in the backup itself. */
export function requestOf(address: URLSearchParams): RecoveryRequest {
  const names = address.getAll('to');
  const fields = Object.entries(POINT_FIELD) as [keyof typeof POINT_FIELD, string][];
  const given = fields.find(([, field]) => address.has(field));
  return {
    connectionId: address.get('target_connection') || null,
    databases: address.getAll('from').map((from, index) => ({ from, to: names[index] ?? '' })),
    timeline: timelineField.safeParse(Number(address.get('timeline') ?? Number.NaN)).data ?? null,
    point: given ? { kind: given[0], text: address.get(given[1]) ?? '' } : { kind: 'backup', text: '' },
  };
}

/** The requested point, if its text is valid. */
export function targetOf({ kind, text }: Point): RecoveryTarget {
  switch (kind) {
    case 'backup':
      return { kind };
    case 'time':
      return { kind, time: text };
    case 'transaction':
      return { kind, id: text };
    case 'name':
      return { kind, name: text };
    case 'gtid':
      return { kind, gtid: text };
  }
}

/** The point of an existing restore. */
export function pointOf(target: RecoveryTarget): Point {
  switch (target.kind) {
    case 'backup':
      return { kind: 'backup', text: '' };
    case 'time':
      return { kind: 'time', text: target.time };
    case 'transaction':
      return { kind: 'transaction', text: target.id };
    case 'name':
      return { kind: 'name', text: target.name };
    case 'gtid':
      return { kind: 'gtid', text: target.gtid };
  }
}
