/** The form of a recovery plan and its request body. Pure. */
import type { Connection } from '../../../../lib/connections/model.ts';
import type { PlanEntry, PlanFields, Trigger } from '../../../../lib/plans/model.ts';

type AlarmState = Extract<Trigger, { kind: 'alarm' }>['state'];

/** A trigger of any kind. Fields that were typed for another kind stay in the form, but aren't sent. */
export interface TriggerValues {
  kind: Trigger['kind'];
  expression: string;
  /** One name per line. */
  alarms: string;
  state: AlarmState;
  /** As JSON. */
  pattern: string;
}

export interface EntryValues {
  connection_id: string;
  database: string;
  pick: { kind: PlanEntry['pick']['kind']; backup_id: string; time: string };
  target_connection: string;
  target_database: string;
}

export interface PlanValues {
  name: string;
  enabled: boolean;
  triggers: TriggerValues[];
  on_failure: PlanFields['on_failure'];
  groups: EntryValues[][];
}

export const NEW_TRIGGER: TriggerValues = { kind: 'schedule', expression: '', alarms: '', state: 'ALARM', pattern: '' };
export const NEW_ENTRY: EntryValues = {
  connection_id: '',
  database: '',
  pick: { kind: 'newest_verified', backup_id: '', time: '' },
  target_connection: '',
  target_database: '',
};

export function planValues(stored?: PlanFields): PlanValues {
  if (stored === undefined) {
    return { name: '', enabled: true, triggers: [], on_failure: 'stop', groups: [[NEW_ENTRY]] };
  }
  const { name, enabled, triggers, on_failure, groups } = stored;
  return {
    ...{ name, enabled, on_failure },
    triggers: triggers.map(triggerValues),
    groups: groups.map((entries) => entries.map(entryValues)),
  };
}

function triggerValues(trigger: Trigger): TriggerValues {
  switch (trigger.kind) {
    case 'schedule':
      return { ...NEW_TRIGGER, ...trigger };
    case 'alarm':
      return { ...NEW_TRIGGER, ...trigger, alarms: trigger.alarms.join('\n') };
    case 'event':
      return { ...NEW_TRIGGER, ...trigger, pattern: JSON.stringify(trigger.pattern, null, 2) };
  }
}

function entryValues({ pick, target_database, ...fields }: PlanEntry): EntryValues {
  return { ...fields, pick: { ...NEW_ENTRY.pick, ...pick }, target_database: target_database ?? '' };
}

/** A plan in the API's form, to be checked. Its parts have the same paths as in the form. */
export function planBody({ triggers, groups, ...fields }: PlanValues) {
  return { ...fields, triggers: triggers.map(triggerBody), groups: groups.map((entries) => entries.map(entryBody)) };
}

function triggerBody({ kind, expression, alarms, state, pattern }: TriggerValues) {
  switch (kind) {
    case 'schedule':
      return { kind, expression: expression.trim() };
    case 'alarm':
      return { kind, alarms: linesOf(alarms), state };
    case 'event':
      return { kind, pattern: parsed(pattern) };
  }
}

function entryBody({ pick, target_database, ...fields }: EntryValues) {
  return { ...fields, pick: pickBody(pick), target_database: target_database === '' ? null : target_database };
}

function pickBody({ kind, backup_id, time }: EntryValues['pick']) {
  switch (kind) {
    case 'newest_verified':
      return { kind };
    case 'backup':
      return { kind, backup_id };
    case 'newest_before':
      return { kind, time: isoTime(time) };
  }
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** If the text isn't JSON, it is returned as text, which is never a valid pattern. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * `2026-11-22 14:30`, possibly with seconds or an offset. Without an offset, it is UTC. Any other text is returned
 * unchanged.
 */
function isoTime(text: string): string {
  const [, date, minutes, seconds = ':00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)? ?(Z|[+-]\d\d:\d\d)?$/.exec(text.trim()) ?? [];
  return date === undefined ? text : `${date}T${minutes}${seconds}${offset}`;
}

/** An entry with another database. The chosen backup is then no longer valid. */
export function withSource(
  entry: EntryValues,
  change: Partial<Pick<EntryValues, 'connection_id' | 'database'>>,
): EntryValues {
  return { ...entry, ...change, pick: { ...entry.pick, backup_id: '' } };
}

/** Whether a restore overwrites its source. */
export function overwritesSource(entry: EntryValues): boolean {
  const { connection_id, database, target_connection, target_database } = entry;
  return database !== '' && target_connection === connection_id && ['', database].includes(target_database);
}

/** Why a plan can't restore to a server, or only if it is started by hand. */
export function targetWarning(target: Connection | undefined, triggers: readonly unknown[]): string | undefined {
  if (target === undefined || triggers.length === 0 || target.event_restore_allowed) return undefined;
  return `Events may not restore to ${target.name}: this restore fails if a trigger starts the plan. An administrator can allow it on the connection.`;
}

/** A list with the item at `index` moved one place up or down. */
export function moved<T>(items: readonly T[], index: number, by: -1 | 1): T[] {
  const item = items[index] as T;
  return items.toSpliced(index, 1).toSpliced(index + by, 0, item);
}

/** The groups without one of the entries. A group that becomes empty is removed. */
export function withoutEntry(groups: readonly EntryValues[][], group: number, entry: number): EntryValues[][] {
  const rest = groups[group]?.toSpliced(entry, 1) ?? [];
  return rest.length === 0 ? groups.toSpliced(group, 1) : groups.with(group, rest);
}
