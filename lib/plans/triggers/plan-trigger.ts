/** Which events start a plan. Pure. */

import type { BusEvent } from '../../storage/bus-event.ts';
import type { RecoveryPlan, Trigger } from '../model.ts';
import { type EventPattern, matchesPattern } from './event-pattern.ts';
import { isDue } from './schedule.ts';

/** The CloudWatch event for a change of an alarm's state. */
export const ALARM_EVENTS = { source: 'aws.cloudwatch', detailType: 'CloudWatch Alarm State Change' } as const;
/** The event that EventBridge's own schedules send. */
const TICK = { source: ['aws.events'], 'detail-type': ['Scheduled Event'] };

/**
 * The first of a plan's triggers that matches an event; undefined if none does, or if the plan must not start
 * automatically.
 */
export function pulledTrigger(
  { enabled, triggers, created_at }: Pick<RecoveryPlan, 'enabled' | 'triggers' | 'created_at'>,
  event: BusEvent,
): Trigger | undefined {
  return enabled ? triggers.find((trigger) => isPulled(trigger, event, new Date(created_at))) : undefined;
}

function isPulled(trigger: Trigger, event: BusEvent, since: Date): boolean {
  const isTick = matchesPattern(TICK, event);
  if (trigger.kind === 'schedule') return isTick && isDue(trigger.expression, new Date(event.time), since);
  if (trigger.kind === 'alarm') return matchesPattern(alarmPattern(trigger), event);
  // patterns don't apply to the tick of each minute: a pattern that matches any source must not start its plan every
  // minute
  return !isTick && matchesPattern(trigger.pattern, event);
}

/** Identifies one firing of a trigger. For a schedule, that is the minute, because the same tick may arrive twice. */
export function pullOf(trigger: Trigger, { id, time }: BusEvent): string {
  return trigger.kind === 'schedule' ? `minute:${time.slice(0, 'yyyy-mm-ddThh:mm'.length)}` : id;
}

function alarmPattern({ alarms, state }: Extract<Trigger, { kind: 'alarm' }>): EventPattern {
  const { source, detailType } = ALARM_EVENTS;
  return { source: [source], 'detail-type': [detailType], detail: { alarmName: alarms, state: { value: [state] } } };
}
