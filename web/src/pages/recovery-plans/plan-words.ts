/** Recovery plans in words. Pure. */
import type { PlanEntry, RunEntry, Trigger } from '../../../../lib/domain/recovery-plans.ts';

/** What starts a plan, besides a person. */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'event':
      return `An event like ${JSON.stringify(trigger.pattern)}`;
    case 'alarm':
      return `${trigger.alarms.join(' or ')} turning to ${trigger.state}`;
    case 'schedule':
      return `${trigger.expression} (UTC)`;
  }
}

export function triggersText(triggers: readonly Trigger[]): string {
  return triggers.length === 0 ? 'Started by hand alone' : triggers.map(triggerText).join('; ');
}

/** Which backup an entry takes. */
export function pickText({ pick }: Pick<PlanEntry, 'pick'>): string {
  switch (pick.kind) {
    case 'newest_verified':
      return 'The newest verified one';
    case 'backup':
      return pick.backup_id;
    case 'newest_before':
      return `The newest before ${pick.time}`;
  }
}

/** What came of an entry: why it failed, or what a dry run found. */
export function outcomeText({ error, findings }: Pick<RunEntry, 'error' | 'findings'>): string {
  if (error !== null) return [error.message, error.hint].filter((text) => text !== undefined).join('. ');
  if (findings === null) return '–';
  const { obstacles, warnings } = findings;
  if (obstacles.length + warnings.length === 0) return 'Nothing stands in the way';
  return [...obstacles, ...warnings].join('. ');
}
