/** What an import added, and what to do next, in words. Pure. */
import type { ImportAnswer } from './import-answers.ts';

interface Outcome {
  type: 'success' | 'warning' | 'error';
  text: string;
}

/** @param failed whether the import ended before everything was sent. */
export function outcomeOf({ backups, skipped }: Pick<ImportAnswer, 'backups' | 'skipped'>, failed: boolean): Outcome {
  if (failed) return { type: 'error', text: 'The import stopped early. Import again to continue from here.' };
  if (backups.left > 0) {
    const left = counted(backups.left, 'backup was', 'backups were');
    return { type: 'warning', text: `${left} not reached. Import again to continue from here.` };
  }
  if (skipped.length > 0) {
    return { type: 'warning', text: `Imported, except for ${counted(skipped.length, 'record', 'records')}.` };
  }
  return { type: 'success', text: 'Imported' };
}

/** Undefined if there is nothing to do. */
export function passwordsToSet({ connections: { created } }: Pick<ImportAnswer, 'connections'>): string | undefined {
  if (created === 0) return undefined;
  const which =
    created === 1 ? 'the new connection its password' : `each of the ${created} new connections its password`;
  return `Give ${which}: Jagad doesn't reveal it, and a restore needs it.`;
}

/** Undefined if there is nothing to do. */
export function secretKeysToSet({
  storage_providers: { created },
}: Pick<ImportAnswer, 'storage_providers'>): string | undefined {
  if (created === 0) return undefined;
  const which = created === 1 ? 'the new storage provider' : `each of the ${created} new storage providers`;
  return `Give ${which} its secret key: Jagad doesn't reveal it, and reading the backups needs it.`;
}

function counted(count: number, one: string, several: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
}
