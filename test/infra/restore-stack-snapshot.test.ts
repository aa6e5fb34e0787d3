/**
 * What a person has to see of a change to the template: `npx vitest run test/infra/restore-stack-snapshot.test.ts -u` renews the
 * texts under `__snapshots__/stack/`; what they show then belongs into the review.
 */
import { expect, it } from 'vitest';
import { json } from '../support/stack/stack.ts';
import { digestOf } from '../support/stack/template-digest.ts';

it.each([...digestOf(json)])('%s is what it was', async (name, text) => {
  await expect(text).toMatchFileSnapshot(`./__snapshots__/stack/${name}`);
});
