import { describe, expect, it } from 'vitest';
import { stageSettings } from '../lib/stage-settings.ts';

const read = (context: Record<string, unknown>) => stageSettings((key) => context[key]);

describe('the settings of a stage', () => {
  it('have a default for everything', () => {
    expect(read({})).toEqual({ stage: 'dev', bucketName: undefined });
  });

  it('are what `-c` says', () => {
    const context = {
      stage: 'prod',
      bucketName: 'our-backups',
      vpcId: 'vpc-1',
      availabilityZones: 'eu-west-1a, eu-west-1b',
      privateSubnetIds: 'subnet-1,subnet-2',
    };
    expect(read(context)).toEqual({
      stage: 'prod',
      bucketName: 'our-backups',
      network: {
        vpcId: 'vpc-1',
        availabilityZones: ['eu-west-1a', 'eu-west-1b'],
        privateSubnetIds: ['subnet-1', 'subnet-2'],
      },
    });
  });

  it.each([
    [{ stage: 'Prod' }, '-c stage: must be a short name'],
    [{ stage: '' }, '-c stage: '],
    [{ stage: 'a-name-longer-than-twenty' }, '-c stage: '],
    [{ stage: 7 }, '-c stage: '],
    [{ bucketName: '' }, '-c bucketName: '],
    [{ vpcId: 'subnet-1' }, '-c vpcId: '],
    [{ availabilityZones: 'a' }, 'belong to -c vpcId, which is missing'],
    [{ privateSubnetIds: 'subnet-1' }, 'belong to -c vpcId, which is missing'],
    [{ vpcId: 'vpc-1' }, '-c vpcId needs -c availabilityZones and -c privateSubnetIds'],
    [{ vpcId: 'vpc-1', availabilityZones: 'a,b', privateSubnetIds: 'subnet-1' }, 'one subnet a zone'],
    [{ vpcId: 'vpc-1', availabilityZones: ['a'], privateSubnetIds: 'subnet-1' }, '-c availabilityZones: '],
  ])('%j is refused with the flag to mend', (context, message) => {
    expect(() => read(context)).toThrow(message);
  });

  it('tells of every flag that is wrong at once', () => {
    expect(() => read({ stage: '?', bucketName: '' })).toThrow(/-c stage: .*\n-c bucketName: /);
  });
});
