import { expect, it } from 'vitest';
import { dockerImages } from '../support/synthesise.ts';

it('the image of the restore task has clients alone, of the majors that the stage names', () => {
  expect(dockerImages({ postgresMajors: '15,17' })).toMatchObject([
    { dockerBuildTarget: 'restore', dockerBuildArgs: { POSTGRES_MAJORS: '15 17' } },
  ]);
});
