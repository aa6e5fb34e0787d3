/** Recovery plans in words. Pure. */
import type { Findings, PlanEntry, RunEntry, Trigger } from '../../../../lib/plans/model.ts';
import { formatBytes } from '../../format/bytes.ts';
import { sentence } from '../../format/sentence.ts';

/** What starts a plan, other than a person. */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return `An event like ${JSON.stringify(trigger.pattern)}`;
    case 'alarm':
      return `${trigger.alarms.join(' or ')} changing to ${trigger.state}`;
    case 'schedule':
      return `${trigger.expression} (UTC)`;
  }
}

export function triggersText(triggers: readonly Trigger[]): string {
  return triggers.length === 0 ? 'Manual start only' : triggers.map(triggerText).join('; ');
}

/** Which backup an entry restores. */
export function pickText({ pick }: Pick<PlanEntry, 'pick'>): string {
  switch (pick.kind) {
    case 'newest_verified':
      return 'The newest verified backup';
    case 'backup':
      return pick.backup_id;
    case 'newest_before':
      return `The newest before ${pick.time}`;
  }
}

/** The result of an entry: what a dry run found, or why the entry failed. */
export function outcomeText({ error, findings }: Pick<RunEntry, 'error' | 'findings'>): string {
  // listed before the error, which is only the first blocker
  if (findings !== null) return foundText(findings);
  if (error === null) return '–';
  return [error.message, error.hint].flatMap((text) => (text === undefined ? [] : sentence(text))).join(' ');
}

function foundText({ obstacles, warnings, overwritten_tables, overwritten_bytes }: Findings): string {
  const lines = [...obstacles, ...warnings];
  const tables = `${overwritten_tables.toLocaleString('en')} ${overwritten_tables === 1 ? 'table' : 'tables'}`;
  return [
    ...(lines.length === 0 ? ['No blockers.'] : lines.map(sentence)),
    ...(overwritten_tables === 0 ? [] : [`Overwrites ${tables}, ${formatBytes(overwritten_bytes)}.`]),
  ].join(' ');
}
