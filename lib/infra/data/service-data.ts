import { RemovalPolicy } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Setting } from '../../api/environment.ts';
import type { Needs, ObjectAction } from '../../api/needs.ts';
import { PHYSICAL_PREFIXES } from '../../backups/catalogue/backup-key.ts';
import { PHYSICAL_ENGINES } from '../../databases/names.ts';
import { isArchive } from '../../databases/physical-tools.ts';
import { accessLogs } from '../api/access-logs.ts';
import type { StageSettings } from '../stage-settings.ts';
import { Records } from './records.ts';
import { ServiceEvents } from './service-events.ts';
import { ServiceSecrets } from './service-secrets.ts';

const LIST: ObjectAction = 's3:ListBucket';

/**
 * The prefix for binary logs in a bucket that the service reads with its own role: a connection's binlog_prefix begins
 * with it.
 */
const BINLOGS_PREFIX = 'binlogs/';

/** The prefixes of backups that are single objects but not dumps. */
const ARCHIVE_PREFIXES = PHYSICAL_ENGINES.filter(isArchive).map((tool) => `${tool}/`);

/**
 * What the service stores, reads and announces: records, secrets, backups and events. Each function gets only the
 * rights that it needs.
 */
export class ServiceData {
  readonly records: Records;
  readonly secrets: ServiceSecrets;
  readonly events: ServiceEvents;
  readonly backups: IBucket;
  /** The service's own bucket, for what it keeps besides its records. */
  readonly own: IBucket;
  readonly #settings: StageSettings;

  /** @param props.isBehindEdge whether the API only answers CloudFront. */
  constructor(scope: Construct, settings: StageSettings, props: { key: IKey; isBehindEdge: boolean }) {
    this.#settings = settings;
    this.backups = backupsBucket(scope, settings, props.key);
    this.own = ownBucket(scope, settings, props.key);
    this.records = new Records(scope, 'Records');
    this.secrets = new ServiceSecrets(scope, 'Secrets', settings, props);
    this.events = new ServiceEvents(scope, 'Events', settings.stage);
  }

  /** The environment variables that name the needed resources. */
  environment({ tables, secrets, events = [], ownObjects = [] }: Needs): Partial<Record<Setting, string>> {
    const forTables = tables === undefined || Object.keys(tables).length === 0 ? {} : this.records.environment;
    const forSecrets = secrets === undefined ? {} : this.secrets.environment(secrets);
    const forOwn = ownObjects.length === 0 ? {} : { SERVICE_BUCKET: this.own.bucketName };
    return { ...forTables, ...forSecrets, ...this.events.environment(events), ...forOwn };
  }

  grant(grantee: IGrantable, needs: Needs): void {
    const statements = [
      ...this.records.rights(needs.tables ?? {}),
      ...this.secrets.rights(needs.secrets ?? {}),
      ...this.events.rights(needs.events ?? []),
      ...this.#objectRights(needs),
      ...this.#ownRights(needs),
      ...metricRights(needs),
    ];
    for (const statement of statements) grantee.grantPrincipal.addToPrincipalPolicy(statement);
  }

  #ownRights({ ownObjects = [] }: Needs): PolicyStatement[] {
    const ofObjects = ownObjects.filter((action) => action !== LIST);
    if (ofObjects.length === 0) return [];
    return [
      // the wildcard stands for the backups whose contents are kept
      new PolicyStatement({ actions: ofObjects, resources: [this.own.arnForObjects('contents/*')] }),
      ...(ownObjects.includes(LIST) ? [new PolicyStatement({ actions: [LIST], resources: [this.own.bucketArn] })] : []),
    ];
  }

  #objectRights({ objects = [], archives, otherObjects }: Needs): PolicyStatement[] {
    const { bucketPrefix, bucketKeyArn } = this.#settings;
    const others = otherObjects ? [...PHYSICAL_PREFIXES, BINLOGS_PREFIX] : archives ? ARCHIVE_PREFIXES : [];
    const prefixes = [bucketPrefix, ...others];
    const ofObjects = objects.filter((action) => action !== LIST);
    const statements: PolicyStatement[] = [];
    if (ofObjects.length > 0) {
      // the wildcards stand for backups, which come and go
      const resources = prefixes.map((prefix) => this.backups.arnForObjects(`${prefix}*`));
      statements.push(new PolicyStatement({ actions: ofObjects, resources }));
      if (bucketKeyArn !== undefined) {
        statements.push(new PolicyStatement({ actions: ['kms:Decrypt'], resources: [bucketKeyArn] }));
      }
    }
    if (objects.includes(LIST)) {
      statements.push(new PolicyStatement({ actions: [LIST], resources: [this.backups.bucketArn] }));
    }
    return statements;
  }
}

function metricRights({ metrics = [] }: Needs): PolicyStatement[] {
  return metrics.length === 0 ? [] : [new PolicyStatement({ actions: [...metrics], resources: ['*'] })];
}

/** The bucket that Jagad writes to: an existing one, or a new one. */
function backupsBucket(scope: Construct, settings: StageSettings, key: IKey): IBucket {
  if (settings.bucketName !== undefined) return Bucket.fromBucketName(scope, 'Backups', settings.bucketName);
  const bucket = new Bucket(scope, 'Backups', {
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    // one KMS call for many objects
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    serverAccessLogsBucket: accessLogs(scope, settings),
    serverAccessLogsPrefix: 'backups/',
    // whatever happens to the stage, the backups must survive
    removalPolicy: RemovalPolicy.RETAIN,
  });
  // set directly in CloudFormation: the construct's own option adds a Lambda with rights on every bucket
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return bucket;
}

/**
 * The service's own bucket: what it keeps besides its records, such as the contents of each backup. It can be made
 * again from the backups.
 */
function ownBucket(scope: Construct, settings: StageSettings, key: IKey): IBucket {
  return new Bucket(scope, 'Own', {
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    // one KMS call for many objects
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    serverAccessLogsBucket: accessLogs(scope, settings),
    serverAccessLogsPrefix: 'own/',
    removalPolicy: settings.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    autoDeleteObjects: !settings.retainData,
  });
}
