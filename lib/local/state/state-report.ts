import { resolve } from 'node:path';
import { holderOf } from './directory-lock.ts';
import { checkState, refusal } from './state-check.ts';
import { copiesIn } from './state-copies.ts';

/** The output of `npm start -- --check`. Changes nothing. */
export async function stateReport(directory: string): Promise<{ lines: string[]; isWhole: boolean }> {
  const place = resolve(directory);
  const holder = holderOf(place);
  if (holder !== undefined) {
    const lines = [`A service (process ${holder}) uses the state in ${place}: stop it, then check again.`];
    return { lines, isWhole: false };
  }
  const health = await checkState(place, true);
  if (health.kind === 'new')
    return { lines: [`There is no state in ${place} yet: the first start creates it.`], isWhole: true };
  if (health.kind !== 'whole') return { lines: [refusal(place, health)], isWhole: false };
  const { marker, secrets, tables, entries } = health;
  const copies = copiesIn(place);
  return {
    lines: [
      `The state in ${place} is intact.`,
      marker === undefined
        ? '  made by an earlier version; the next start upgrades it'
        : `  version ${marker.version}, made ${marker.created_at}, started ${marker.starts} times`,
      `  ${secrets} secrets; ${tables} tables with ${entries} entries, all of them read`,
      copies.length === 0
        ? '  no copies of secrets and settings yet'
        : `  copies of secrets and settings: ${copies.map(({ number, createdAt }) => `${number} of ${createdAt}`).join(', ')}`,
    ],
    isWhole: true,
  };
}
