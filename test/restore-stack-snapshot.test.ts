/**
 * The parts of the template that a person should review: `npx vitest run test/restore-stack-snapshot.test.ts -u`
 * updates the texts under `__snapshots__/stack/`; include their changes in the review.
 */
import { expect, it } from 'vitest';
import { json } from './support/stack.ts';
import { digestOf } from './support/template-digest.ts';

it.each([...digestOf(json)])('%s is what it was', async (name, text) => {
  await expect(text).toMatchFileSnapshot(`./__snapshots__/stack/${name}`);
});
