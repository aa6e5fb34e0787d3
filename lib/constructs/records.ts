import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Setting } from '../aws/environment.ts';
import { LOCK_KEY } from '../aws/lock-table.ts';
import { BY_TIME_INDEX, LIST_ATTRIBUTE, TIME_ATTRIBUTE } from '../aws/record-table.ts';

/** The tables that hold the service's state. */
export class Records extends Construct {
  readonly environment: Partial<Record<Setting, string>>;
  readonly #tables: Table[];

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const connections = this.#listed('Connections');
    const storageProviders = this.#listed('StorageProviders');
    const backups = this.#listed('Backups');
    const restores = this.#listed('Restores');
    const locks = this.#table('Locks', LOCK_KEY);
    this.#tables = [connections, storageProviders, backups, restores, locks];
    this.environment = {
      CONNECTIONS_TABLE: connections.tableName,
      STORAGE_PROVIDERS_TABLE: storageProviders.tableName,
      BACKUPS_TABLE: backups.tableName,
      RESTORES_TABLE: restores.tableName,
      LOCKS_TABLE: locks.tableName,
    };
  }

  grantRead(grantee: IGrantable): void {
    for (const table of this.#tables) table.grantReadData(grantee);
  }

  grantReadWrite(grantee: IGrantable): void {
    for (const table of this.#tables) table.grantReadWriteData(grantee);
  }

  /** A table of records by id that can be listed by time. */
  #listed(id: string): Table {
    const table = this.#table(id, 'id');
    table.addGlobalSecondaryIndex({
      indexName: BY_TIME_INDEX,
      partitionKey: { name: LIST_ATTRIBUTE, type: AttributeType.STRING },
      sortKey: { name: TIME_ATTRIBUTE, type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
    return table;
  }

  #table(id: string, key: string): Table {
    const settings: Omit<TableProps, 'partitionKey'> = {
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: RemovalPolicy.RETAIN,
    };
    return new Table(this, id, { ...settings, partitionKey: { name: key, type: AttributeType.STRING } });
  }
}
