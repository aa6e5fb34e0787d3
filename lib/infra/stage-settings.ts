/**
 * The settings of a stage: everything in which deployments differ. They are in cdk.json, in `context.stages.<stage>`,
 * or given as `-c name=value`, which takes precedence. docs/deploy.md explains them to a newcomer.
 */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { z } from 'zod';
import { type IssueWords, issueLines } from '../errors/issues.ts';
import { NEWEST_CLIENT_MAJOR, OLDEST_CLIENT_MAJOR } from '../formats/pg-dump/archive/format.ts';
import { OUTAGE_MINUTES } from '../pipeline/download/download.ts';

/** Given with `-c`, a list is text with commas; in cdk.json, it may also be a JSON list. */
const list = <T extends string | number>(what: string, part: z.ZodType<T>) =>
  z.preprocess(
    (given) => (typeof given === 'string' ? given.split(',').map((text) => text.trim()) : given),
    z
      .array(part, { error: `write ${what}, separated by commas` })
      .refine((parts) => new Set(parts).size === parts.length, `write each of ${what} once`),
  );
const text = (pattern: RegExp, sentence: string) => z.string({ error: sentence }).regex(pattern, sentence);
const arn = (service: string, resource: string, sentence: string, region = '[a-z0-9-]+') =>
  text(new RegExp(`^arn:aws[a-z-]*:${service}:${region}:\\d{12}:${resource}$`), sentence);
const flag = (sentence: string) =>
  z.preprocess((given) => ({ true: true, false: false })[String(given)] ?? given, z.boolean({ error: sentence }));

const KEY_ARN = 'write the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/1234abcd-…';
const keyArn = arn('kms', 'key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})', KEY_ARN);
/** The values that CloudWatch Logs accepts, except "forever", which isn't offered here. */
const RETENTIONS = Object.values(RetentionDays).filter(
  (days) => typeof days === 'number' && days !== RetentionDays.INFINITE,
);
const MAJORS = `majors of PostgreSQL between ${OLDEST_CLIENT_MAJOR} and ${NEWEST_CLIENT_MAJOR}, such as 17 or 15,17`;
const AGE = 'write a number of hours between 1 and 720, such as 26';
const OUTAGE = 'write a number of minutes between 1 and 240, such as 10';
const RETENTION = `write one of ${RETENTIONS.join(', ')}`;
const subnets = 'ids of private subnets, such as subnet-0123456789abcdef0,subnet-0fedcba9876543210';
const routeTables = 'ids of route tables, such as rtb-0123456789abcdef0';
const zones = 'the availability zones of the subnets, such as eu-west-1a,eu-west-1b';

const settings = z.strictObject({
  /** Short name of the stage; part of the names of the stack and of its secrets. */
  stage: text(/^[a-z][a-z0-9-]{0,19}$/, 'write a short name of lower-case letters, digits and hyphens, such as prod'),

  /** The bucket that Jagad writes to. By default, a new bucket is created. */
  bucketName: text(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    'write the name of the bucket that Jagad writes to',
  ).optional(),
  /** The prefix of the full backups that the service may read and is notified about. */
  bucketPrefix: text(/^backups\/(.*\/)?$/, 'write a prefix that begins with backups/ and ends with a slash').default(
    'backups/',
  ),
  /** The KMS key of the given bucket, if the bucket is encrypted with one of your own. */
  bucketKeyArn: keyArn.optional(),

  /**
   * An existing network, given by ids, because nothing is looked up during synthesis. By default, a small new one is
   * created.
   */
  vpcId: text(/^vpc-[0-9a-f]+$/, 'write the id of a VPC, such as vpc-0123456789abcdef0').optional(),
  availabilityZones: list(zones, text(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, `write ${zones}`)).optional(),
  privateSubnetIds: list(subnets, text(/^subnet-[0-9a-f]+$/, `write ${subnets}`)).optional(),
  /**
   * Route tables of the existing network that get gateway endpoints for S3 and DynamoDB. Leave it out if the network
   * reaches them already.
   */
  privateRouteTableIds: list(routeTables, text(/^rtb-[0-9a-f]+$/, `write ${routeTables}`)).optional(),
  /**
   * How private subnets reach the other AWS services: `nat` uses a new network's NAT gateway, or an existing network's
   * own route to the internet; `endpoints` creates interface endpoints, and nothing outside AWS can be reached.
   */
  egress: z.enum(['nat', 'endpoints'], { error: 'write nat or endpoints' }).default('nat'),

  /**
   * An existing secret with Jagad's encryption keys, a JSON list of {"id", "value"}. By default, an empty one is
   * created.
   */
  encryptionKeysSecretArn: arn(
    'secretsmanager',
    'secret:[\\w/+=.@-]+-\\w{6}',
    'write the whole ARN of a secret, with the six characters at its end',
  ).optional(),
  /** Your own KMS keys that existing secrets are encrypted with: the secret above, and those of RDS. */
  secretKeyArns: list('ARNs of KMS keys', keyArn).default([]),
  /**
   * The KMS key for data at rest. By default, a new one is created. An existing key's policy must allow the services
   * that use it.
   */
  keyArn: keyArn.optional(),

  /** The domain name of the pages and the API; by default, CloudFront's own. */
  domainName: text(
    /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
    'write a domain name, such as restore.example.com',
  ).optional(),
  /** The domain's certificate, in us-east-1, where CloudFront looks for it. */
  certificateArn: arn(
    'acm',
    'certificate/[\\w-]+',
    'write the ARN of a certificate in us-east-1, where CloudFront looks for it',
    'us-east-1',
  ).optional(),
  /** A WAF web ACL for CloudFront, which has to be a global one in us-east-1. */
  webAclArn: arn(
    'wafv2',
    'global/webacl/[\\w-]+/[\\w-]+',
    'write the ARN of a web ACL for CloudFront: one in us-east-1 with global/webacl/ in it',
    'us-east-1',
  ).optional(),
  /** Other sites whose pages may call the API. */
  allowedOrigins: list(
    'origins, such as https://ops.example.com',
    text(/^https:\/\/[a-z0-9.-]+(:\d+)?$/, 'write origins, such as https://ops.example.com, without a path'),
  ).default([]),

  /**
   * The major versions of PostgreSQL whose clients the restore task's image contains. 17 alone needs only Debian's own
   * packages.
   */
  postgresMajors: list(
    MAJORS,
    z.coerce
      .number({ error: `write ${MAJORS}` })
      .int(`write ${MAJORS}`)
      .min(OLDEST_CLIENT_MAJOR, `write ${MAJORS}`)
      .max(NEWEST_CLIENT_MAJOR, `write ${MAJORS}`),
  )
    .refine((majors) => majors.length > 0, `write ${MAJORS}`)
    .default([17]),

  /** Who gets the alarms. Each address must confirm its subscription. */
  alarmEmails: list(
    'e-mail addresses',
    z.email({ error: 'write e-mail addresses, such as on-call@example.com' }),
  ).default([]),
  /** How old a database's newest verified backup may be before an alarm goes off. */
  maxBackupAgeHours: z.coerce.number({ error: AGE }).int(AGE).min(1, AGE).max(720, AGE).default(26),
  /** How long a restore that has already written to its target keeps retrying if the storage is unreachable. */
  storageOutageMinutes: z.coerce
    .number({ error: OUTAGE })
    .int(OUTAGE)
    .min(1, OUTAGE)
    .max(240, OUTAGE)
    .default(OUTAGE_MINUTES),
  /** How long logs are kept. */
  logRetentionDays: z.coerce
    .number({ error: RETENTION })
    .refine((days) => RETENTIONS.includes(days), RETENTION)
    .default(RetentionDays.THREE_MONTHS),
  /** Whether tables, secrets, the key and logs outlive the stack. By default, only prod's do. */
  retainData: flag('write true or false').optional(),
});

export type SettingName = keyof typeof settings.shape;
type Parsed = z.output<typeof settings>;

/** An existing network. */
export interface GivenNetwork {
  vpcId: string;
  availabilityZones: string[];
  privateSubnetIds: string[];
  privateRouteTableIds: string[];
}

/** Everything that a stage is deployed with. */
export interface StageSettings
  extends Omit<Parsed, 'vpcId' | 'availabilityZones' | 'privateSubnetIds' | 'privateRouteTableIds'> {
  network: GivenNetwork | undefined;
  retainData: boolean;
}

export const SETTING_NAMES = Object.keys(settings.shape) as SettingName[];
export const DEFAULT_STAGE = 'dev';
/** The stage whose data outlives the stack by default. */
const RETAINED_STAGE = 'prod';

/**
 * The settings of the stage that the CDK's context names.
 * @param read returns the value of `-c`, or else of `context` in cdk.json.
 * @throws Error that says what to write.
 */
export function stageSettings(read: (key: string) => unknown): StageSettings {
  const stage = read('stage') ?? DEFAULT_STAGE;
  const flags = SETTING_NAMES.map((name) => [name, read(name)] as const).filter(([, value]) => value !== undefined);
  return parseSettings({ ...blockOf(read('stages'), String(stage)), ...Object.fromEntries(flags), stage });
}

/** What cdk.json says about a stage. If cdk.json names any stages, a name that isn't among them is a typo. */
function blockOf(stages: unknown, stage: string): Record<string, unknown> {
  if (stages === undefined) return {};
  const blocks = z.record(z.string(), z.record(z.string(), z.unknown())).safeParse(stages);
  if (!blocks.success) throw new Error('stages: write a block of settings for each stage, such as {"prod": {}}');
  const names = Object.keys(blocks.data);
  const block = blocks.data[stage];
  if (block !== undefined) return block;
  throw new Error(`stage: cdk.json has no stage ${stage}; write one of ${names.join(', ')}, or add it to stages`);
}

const WORDS: IssueWords = {
  // a list is one setting, and the message says which item is wrong
  subjectOf: ([name = 'stage']) => String(name),
  unknownFields: (names) => names.map((name) => `${name}: unknown setting; see lib/infra/stage-settings.ts`).join('\n'),
};

/**
 * All settings, completed with defaults.
 * @throws Error with a line for each setting that is wrong or missing.
 */
export function parseSettings(given: Partial<Record<SettingName, unknown>>): StageSettings {
  const parsed = settings.safeParse(given);
  if (!parsed.success) throw new Error(issueLines(parsed.error, WORDS).join('\n'));
  const { vpcId, availabilityZones, privateSubnetIds, privateRouteTableIds, ...others } = parsed.data;
  const problems = contradictions(parsed.data);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return {
    ...others,
    network:
      vpcId === undefined || availabilityZones === undefined || privateSubnetIds === undefined
        ? undefined
        : { vpcId, availabilityZones, privateSubnetIds, privateRouteTableIds: privateRouteTableIds ?? [] },
    retainData: others.retainData ?? others.stage === RETAINED_STAGE,
  };
}

/** Settings that contradict each other, or need another one. */
function contradictions(given: Parsed): string[] {
  const { vpcId, availabilityZones, privateSubnetIds, privateRouteTableIds } = given;
  const problems: string[] = [];
  if (vpcId === undefined) {
    const needless = Object.entries({ availabilityZones, privateSubnetIds, privateRouteTableIds });
    for (const [name, value] of needless) {
      if (value !== undefined) problems.push(`${name}: write vpcId too, since it belongs to a VPC`);
    }
  } else if (availabilityZones === undefined || availabilityZones.length !== privateSubnetIds?.length) {
    problems.push('vpcId: write availabilityZones and privateSubnetIds too, one subnet per zone, in the same order');
  }
  if (given.bucketKeyArn !== undefined && given.bucketName === undefined) {
    problems.push('bucketKeyArn: write bucketName too; a new bucket uses keyArn');
  }
  if (given.domainName !== undefined && given.certificateArn === undefined) {
    problems.push('domainName: write certificateArn too, of a certificate for it in us-east-1');
  }
  if (given.certificateArn !== undefined && given.domainName === undefined) {
    problems.push('certificateArn: write domainName too, since it is for a domain');
  }
  return problems;
}
