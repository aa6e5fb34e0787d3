import { expect, it } from 'vitest';
import { dockerImages } from '../support/synthesise.ts';

it('one task has clients alone, the other the servers too, of the majors that the stage names', () => {
  expect(dockerImages({ postgresMajors: '15,17' })).toMatchObject([
    { dockerBuildTarget: 'restore', dockerBuildArgs: { POSTGRES_MAJORS: '15 17' } },
    { dockerBuildTarget: 'physical', dockerBuildArgs: { POSTGRES_MAJORS: '15 17' } },
  ]);
});
