import { expect, it } from 'vitest';
import { knownStack } from '../../support/stack/known-stack.ts';
import { dockerImages } from '../../support/stack/synthesise.ts';

it('one task has only clients, and the other one servers too, in the major versions that the stage names', () => {
  expect(dockerImages({ postgresMajors: '15,17' })).toMatchObject([
    { dockerBuildTarget: 'restore', dockerBuildArgs: { POSTGRES_MAJORS: '15 17' } },
    { dockerBuildTarget: 'physical', dockerBuildArgs: { POSTGRES_MAJORS: '15 17' } },
  ]);
});

it('has the settings of the verifying function, so that both judge a backup alike', () => {
  const { functions, taskEnvironment } = knownStack();
  const { NODE_OPTIONS: _, ...settings } =
    functions.find(({ entry }) => entry === 'verify-checksum')?.environment ?? {};
  expect(Object.keys(settings).length).toBeGreaterThan(10);
  expect(taskEnvironment).toMatchObject(settings);
});
