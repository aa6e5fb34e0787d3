import { describe, expect, it } from 'vitest';
import { stageSettings } from '../../lib/infra/stage-settings.ts';

const read = (context: Record<string, unknown>) => stageSettings((key) => context[key]);

const VPC = {
  vpcId: 'vpc-0a1',
  availabilityZones: 'eu-west-1a, eu-west-1b',
  privateSubnetIds: 'subnet-0a1,subnet-0b2',
};
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:jagad/keys-a1B2c3';
const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/1234abcd-12ab';
const ACL = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/ours/1234abcd-12ab';
const elsewhere = (arn: string) => arn.replace('us-east-1', 'eu-west-1');

describe('the settings of a stage', () => {
  it('have a default for everything', () => {
    expect(read({})).toEqual({
      stage: 'dev',
      bucketPrefix: 'backups/',
      network: undefined,
      egress: 'nat',
      secretKeyArns: [],
      allowedOrigins: [],
      postgresMajors: [17],
      alarmEmails: [],
      maxBackupAgeHours: 26,
      storageOutageMinutes: 10,
      logRetentionDays: 90,
      retainData: false,
    });
  });

  it('are what -c says', () => {
    const context = {
      stage: 'prod',
      bucketName: 'our-backups',
      bucketPrefix: 'backups/Production PG/',
      bucketKeyArn: KEY,
      ...VPC,
      privateRouteTableIds: 'rtb-0a1',
      egress: 'endpoints',
      encryptionKeysSecretArn: SECRET,
      secretKeyArns: KEY,
      keyArn: KEY,
      domainName: 'restore.example.com',
      certificateArn: CERTIFICATE,
      webAclArn: ACL,
      allowedOrigins: 'https://ops.example.com,https://wiki.example.com:8443',
      postgresMajors: '15, 17',
      alarmEmails: 'on-call@example.com',
      maxBackupAgeHours: '50',
      storageOutageMinutes: '20',
      logRetentionDays: '365',
      retainData: 'false',
    };
    const { vpcId, availabilityZones, privateSubnetIds, privateRouteTableIds, ...others } = context;
    expect(read(context)).toEqual({
      ...others,
      network: {
        vpcId: 'vpc-0a1',
        availabilityZones: ['eu-west-1a', 'eu-west-1b'],
        privateSubnetIds: ['subnet-0a1', 'subnet-0b2'],
        privateRouteTableIds: ['rtb-0a1'],
      },
      secretKeyArns: [KEY],
      allowedOrigins: ['https://ops.example.com', 'https://wiki.example.com:8443'],
      postgresMajors: [15, 17],
      alarmEmails: ['on-call@example.com'],
      maxBackupAgeHours: 50,
      storageOutageMinutes: 20,
      logRetentionDays: 365,
      retainData: false,
    });
  });

  it("are those of the stage's block in cdk.json, which may use lists and flags, and -c overrides them", () => {
    const stages = {
      prod: { bucketName: 'from-the-file', alarmEmails: ['a@example.com', 'b@example.com'], retainData: true },
      dev: { bucketName: 'of-dev' },
    };
    expect(read({ stage: 'prod', stages })).toMatchObject({
      bucketName: 'from-the-file',
      alarmEmails: ['a@example.com', 'b@example.com'],
      retainData: true,
    });
    expect(read({ stage: 'prod', stages, bucketName: 'from-the-flag' }).bucketName).toBe('from-the-flag');
    expect(read({ stages }).bucketName).toBe('of-dev');
    expect(read({ stages: { dev: { postgresMajors: [16, '18'] } } }).postgresMajors).toEqual([16, 18]);
  });

  it('keep data after the stack is deleted only in prod, by default', () => {
    expect(read({ stage: 'prod' }).retainData).toBe(true);
    expect(read({ stage: 'prod', retainData: 'false' }).retainData).toBe(false);
    expect(read({ stage: 'staging', retainData: 'true' }).retainData).toBe(true);
  });

  it.each([
    [{ stage: 'Prod' }, 'stage: write a short name'],
    [{ stage: '' }, 'stage: write a short name'],
    [{ stage: 'a-name-longer-than-twenty' }, 'stage: write a short name'],
    [{ stage: 7 }, 'stage: write a short name'],
    [{ stage: 'prdo', stages: { prod: {}, dev: {} } }, 'stage: cdk.json has no stage prdo; write one of prod, dev'],
    [{ stages: ['prod'] }, 'stages: write a block of settings for each stage'],
    [{ stages: { dev: { bucket: 'ours' } } }, 'bucket: unknown setting; see lib/infra/stage-settings.ts'],
    [{ stages: { dev: { stages: {} } } }, 'stages: unknown setting'],
    [{ bucketName: '' }, 'bucketName: write the name of the bucket'],
    [{ bucketName: 'arn:aws:s3:::ours' }, 'bucketName: write the name of the bucket'],
    [{ bucketPrefix: 'jagad/' }, 'bucketPrefix: write a prefix that begins with backups/'],
    [{ bucketPrefix: 'backups/a' }, 'bucketPrefix: write a prefix that begins with backups/ and ends with a slash'],
    [{ bucketName: 'ours', bucketKeyArn: 'alias/ours' }, 'bucketKeyArn: write the ARN of a KMS key, such as'],
    [{ bucketKeyArn: KEY }, 'bucketKeyArn: write bucketName too'],
    [{ storageOutageMinutes: 'long' }, 'storageOutageMinutes: write a number of minutes'],
    [{ storageOutageMinutes: 241 }, 'storageOutageMinutes: write a number of minutes'],
    [{ maxBackupAgeHours: 'a day' }, 'maxBackupAgeHours: write a number of hours'],
    [{ maxBackupAgeHours: 0 }, 'maxBackupAgeHours: write a number of hours'],
    [{ vpcId: 'subnet-1' }, 'vpcId: write the id of a VPC'],
    [{ availabilityZones: 'eu-west-1a' }, 'availabilityZones: write vpcId too'],
    [{ privateSubnetIds: 'subnet-1' }, 'privateSubnetIds: write vpcId too'],
    [{ privateRouteTableIds: 'rtb-1' }, 'privateRouteTableIds: write vpcId too'],
    [{ vpcId: 'vpc-1' }, 'vpcId: write availabilityZones and privateSubnetIds too'],
    [{ ...VPC, privateSubnetIds: 'subnet-1' }, 'one subnet per zone'],
    [{ ...VPC, privateSubnetIds: 'subnet-1,subnet-1' }, 'privateSubnetIds: write each of ids of private subnets'],
    [{ ...VPC, availabilityZones: 'a,b' }, 'availabilityZones: write the availability zones of the subnets, such as'],
    [{ ...VPC, privateSubnetIds: 'subnet-1,,' }, 'privateSubnetIds: write ids of private subnets, such as'],
    [{ egress: 'internet' }, 'egress: write nat or endpoints'],
    [{ encryptionKeysSecretArn: SECRET.slice(0, -7) }, 'encryptionKeysSecretArn: write the whole ARN of a secret'],
    [{ secretKeyArns: 'key' }, 'secretKeyArns: write the ARN of a KMS key'],
    [{ domainName: 'https://restore.example.com', certificateArn: CERTIFICATE }, 'domainName: write a domain name'],
    [{ domainName: 'restore.example.com' }, 'domainName: write certificateArn too'],
    [{ certificateArn: CERTIFICATE }, 'certificateArn: write domainName too'],
    [{ domainName: 'a.example.com', certificateArn: elsewhere(CERTIFICATE) }, 'a certificate in us-east-1'],
    [{ webAclArn: elsewhere(ACL) }, 'webAclArn: write the ARN of a web ACL for CloudFront: one in us-east-1'],
    [{ webAclArn: ACL.replace('global', 'regional') }, 'with global/webacl/ in it'],
    [{ allowedOrigins: '*' }, 'allowedOrigins: write origins, such as https://ops.example.com'],
    [{ allowedOrigins: 'https://ops.example.com/' }, 'without a path'],
    [{ postgresMajors: 'newest' }, 'postgresMajors: write majors of PostgreSQL between 12 and 18, such as 17 or 15,17'],
    [{ postgresMajors: '9.6,17' }, 'postgresMajors: write majors of PostgreSQL'],
    [{ postgresMajors: '17,17' }, 'postgresMajors: write each of majors of PostgreSQL'],
    [{ postgresMajors: '' }, 'postgresMajors: write majors of PostgreSQL'],
    [{ stages: { dev: { postgresMajors: [] } } }, 'postgresMajors: write majors of PostgreSQL'],
    [{ stages: { dev: { postgresMajors: 17 } } }, 'postgresMajors: write majors of PostgreSQL'],
    [{ alarmEmails: 'on-call' }, 'alarmEmails: write e-mail addresses'],
    [{ logRetentionDays: '42' }, 'logRetentionDays: write one of 1, 3, 5, 7, 14, 30'],
    [{ logRetentionDays: 'long' }, 'logRetentionDays: write'],
    [{ retainData: 'yes' }, 'retainData: write true or false'],
  ])('%j is refused with what to write', (context, message) => {
    expect(() => read(context)).toThrow(message);
  });

  it('report everything that is wrong at once', () => {
    expect(() => read({ stage: '?', bucketName: '', egress: 'x' })).toThrow(/^stage: .*\nbucketName: .*\negress: .*$/);
  });
});
