import { Impossible } from '../../lib/domain/errors.ts';
import type { Moved } from '../../lib/domain/stored-secret.ts';

/** @throws Impossible where a stored secret would serve for something else than it was stored for. */
export function refuseMoved(moved: Moved | undefined): void {
  if (moved === undefined) return;
  throw new Impossible(`the stored ${moved.secret} was given for another ${moved.fields.join(' and ')}`, {
    hint: `Give the ${moved.secret} again to test with what was changed.`,
  });
}
