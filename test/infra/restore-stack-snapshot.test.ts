/**
 * What a person has to see of a change to the template: `npx vitest run test/infra/restore-stack-snapshot.test.ts -u` renews the
 * texts under `__snapshots__/stack/`; what they show then belongs into the review.
 */
import { expect, it } from 'vitest';
import { json } from '../support/stack.ts';
import { digestOf } from '../support/template-digest.ts';

it.each([...digestOf(json)])('%s matches the snapshot', async (name, text) => {
  await expect(text).toMatchFileSnapshot(`./__snapshots__/stack/${name}`);
});
