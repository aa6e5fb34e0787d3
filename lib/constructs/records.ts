import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Setting } from '../aws/environment.ts';
import { LOCK_KEY } from '../aws/lock-table.ts';
import { ATTEMPTS_KEY } from '../aws/login-attempts.ts';
import { BY_USER_INDEX, EXPIRY_ATTRIBUTE, USER_ATTRIBUTE } from '../aws/session-table.ts';
import { LIST_INDEXES, type ListKind, TIME_ATTRIBUTE } from '../domain/list-indexes.ts';

/** The tables that hold the service's state. */
export class Records extends Construct {
  readonly environment: Partial<Record<Setting, string>>;
  readonly #tables: Table[];

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const connections = this.#listed('Connections', 'connections');
    const storageProviders = this.#listed('StorageProviders', 'storageProviders');
    const backups = this.#listed('Backups', 'backups');
    const restores = this.#listed('Restores', 'restores');
    const users = this.#listed('Users', 'users');
    const audit = this.#listed('Audit', 'audit');
    const jobs = this.#listed('Jobs', 'jobs');
    const sessions = this.#expiring('Sessions', 'id');
    sessions.addGlobalSecondaryIndex({
      indexName: BY_USER_INDEX,
      partitionKey: { name: USER_ATTRIBUTE, type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    const loginAttempts = this.#expiring('LoginAttempts', ATTEMPTS_KEY);
    const settings = this.#table('Settings', 'id');
    const locks = this.#table('Locks', LOCK_KEY);
    this.#tables = [
      ...[connections, storageProviders, backups, restores, users, audit, jobs],
      ...[sessions, loginAttempts, settings, locks],
    ];
    this.environment = {
      CONNECTIONS_TABLE: connections.tableName,
      STORAGE_PROVIDERS_TABLE: storageProviders.tableName,
      BACKUPS_TABLE: backups.tableName,
      RESTORES_TABLE: restores.tableName,
      USERS_TABLE: users.tableName,
      AUDIT_TABLE: audit.tableName,
      JOBS_TABLE: jobs.tableName,
      SESSIONS_TABLE: sessions.tableName,
      LOGIN_ATTEMPTS_TABLE: loginAttempts.tableName,
      SETTINGS_TABLE: settings.tableName,
      LOCKS_TABLE: locks.tableName,
    };
  }

  grantRead(grantee: IGrantable): void {
    for (const table of this.#tables) table.grantReadData(grantee);
  }

  grantReadWrite(grantee: IGrantable): void {
    for (const table of this.#tables) table.grantReadWriteData(grantee);
  }

  /** A table of records by id, and the indexes by which it is listed. */
  #listed(id: string, kind: ListKind): Table {
    const table = this.#table(id, 'id');
    for (const { name, attribute } of LIST_INDEXES[kind]) {
      table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: attribute, type: AttributeType.STRING },
        sortKey: { name: TIME_ATTRIBUTE, type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      });
    }
    return table;
  }

  /** A table whose items go away by themselves. */
  #expiring(id: string, key: string): Table {
    return this.#table(id, key, { timeToLiveAttribute: EXPIRY_ATTRIBUTE });
  }

  #table(id: string, key: string, more: Partial<TableProps> = {}): Table {
    const settings: Omit<TableProps, 'partitionKey'> = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    };
    return new Table(this, id, { ...settings, ...more, partitionKey: { name: key, type: AttributeType.STRING } });
  }
}
