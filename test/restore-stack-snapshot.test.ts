/**
 * What catches a change of the template that no rule speaks of. `npx vitest run test/restore-stack-snapshot.test.ts -u`
 * renews it; what it shows then belongs into the review.
 */
import { expect, it } from 'vitest';
import { json } from './support/stack.ts';

it('the template is what it was', async () => {
  await expect(`${JSON.stringify(normalised(json), undefined, 1)}\n`).toMatchFileSnapshot(
    './__snapshots__/restore-stack.json',
  );
});

/** Without what changes with each line of code: the hashes of code, pages and image, and where they are kept. */
function normalised(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[0-9a-f]{64}/g, '<hash>');
  if (Array.isArray(value)) return value.map(normalised);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, normalised(item)]));
}
