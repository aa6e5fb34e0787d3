import { describe, expect, it } from 'vitest';
import { cdkArguments } from '../../lib/infra/stage-command.ts';

describe('npm run deploy, diff and destroy', () => {
  it.each([
    ['deploy', ['--stage', 'prod'], ['deploy', '-c', 'stage=prod']],
    ['diff', ['--stage=prod'], ['diff', '-c', 'stage=prod']],
    [
      'destroy',
      ['-c', 'bucketName=ours', '--stage', 'dev', '--force', '--profile', 'ours'],
      ['destroy', '-c', 'stage=dev', '-c', 'bucketName=ours', '--force', '--profile', 'ours'],
    ],
  ])('%s %j', (command, given, cdk) => {
    expect(cdkArguments(command, given)).toEqual(cdk);
  });

  it.each([
    ['deploy', [], 'write which stage: npm run deploy -- --stage prod'],
    ['destroy', ['--stage'], 'write which stage: npm run destroy'],
    ['deploy', ['--stage', '--force'], 'write which stage'],
    ['deploy', ['--stage='], 'write which stage'],
    ['bootstrap', ['--stage', 'prod'], 'write one of deploy, diff, destroy'],
  ])('%s %j is refused', (command, given, message) => {
    expect(() => cdkArguments(command, given)).toThrow(message);
  });
});
