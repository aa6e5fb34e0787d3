/**
 * The parts of the template whose changes a person has to review: the texts under `__snapshots__/stack/`, which
 * `npx vitest run test/infra/restore-stack-snapshot.test.ts -u` renews.
 */
import { expect, it } from 'vitest';
import { json } from '../support/stack/stack.ts';
import { digestOf } from '../support/stack/template-digest.ts';

it.each([...digestOf(json)])('%s matches the snapshot', async (name, text) => {
  await expect(text).toMatchFileSnapshot(`./__snapshots__/stack/${name}`);
});
