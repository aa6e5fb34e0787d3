import type { ChangedDestination } from '../../lib/connections/stored-secret.ts';
import { Impossible } from '../../lib/errors/errors.ts';

/** @throws Impossible if a test would send a stored secret to a server that it wasn't stored for. */
export function refuseChangedDestination(moved: ChangedDestination | undefined): void {
  if (moved === undefined) return;
  throw new Impossible(`the stored ${moved.secret} was given for another ${moved.fields.join(' and ')}`, {
    hint: `Give the ${moved.secret} again to test the changed settings.`,
  });
}

/** @throws Impossible if a change would send a stored secret to an address that it wasn't stored for. */
export function refuseTakenAlong(moved: ChangedDestination | undefined, fields: string): void {
  if (moved === undefined) return;
  throw new Impossible(`the stored ${moved.secret} was given for another ${moved.fields.join(' and ')}`, {
    hint: `Give ${fields} again in the same request: a stored one is not kept after such a change.`,
  });
}
