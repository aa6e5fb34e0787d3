import { AttributeType, BillingMode, ProjectionType, Table, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ATTEMPTS_KEY } from '../../accounts/sessions/login-attempts-table.ts';
import { BY_USER_INDEX, EXPIRY_ATTRIBUTE, USER_ATTRIBUTE } from '../../accounts/sessions/session-table.ts';
import type { Setting } from '../../api/environment.ts';
import { actionsOn, type TableName, type TableNeeds } from '../../api/needs.ts';
import { LISTS } from '../../api/tables.ts';
import { TIME_ATTRIBUTE } from '../../storage/items/list-indexes.ts';
import { LOCK_KEY } from '../../storage/items/lock-table.ts';
import type { TableAction } from '../../storage/items/table-actions.ts';

const QUERY: TableAction = 'dynamodb:Query';

interface RecordsTable {
  table: Table;
  indexes: readonly string[];
}

/** The tables that hold the service's state. */
export class Records extends Construct {
  readonly environment: Partial<Record<Setting, string>>;
  readonly #tables: Record<TableName, RecordsTable>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const sessions = this.#expiring('Sessions', 'id');
    sessions.addGlobalSecondaryIndex({
      indexName: BY_USER_INDEX,
      partitionKey: { name: USER_ATTRIBUTE, type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.#tables = {
      connections: this.#listed('Connections', 'connections'),
      storageProviders: this.#listed('StorageProviders', 'storageProviders'),
      backups: this.#listed('Backups', 'backups'),
      restores: this.#listed('Restores', 'restores'),
      users: this.#listed('Users', 'users'),
      audit: this.#listed('Audit', 'audit'),
      jobs: this.#listed('Jobs', 'jobs'),
      recoveryPlans: this.#listed('RecoveryPlans', 'recoveryPlans'),
      planRuns: this.#listed('PlanRuns', 'planRuns'),
      sessions: { table: sessions, indexes: [BY_USER_INDEX] },
      loginAttempts: { table: this.#expiring('LoginAttempts', ATTEMPTS_KEY), indexes: [] },
      settings: { table: this.#table('Settings', 'id'), indexes: [] },
      locks: { table: this.#table('Locks', LOCK_KEY), indexes: [] },
    };
    const nameOf = (name: TableName) => this.#tables[name].table.tableName;
    this.environment = {
      CONNECTIONS_TABLE: nameOf('connections'),
      STORAGE_PROVIDERS_TABLE: nameOf('storageProviders'),
      BACKUPS_TABLE: nameOf('backups'),
      RESTORES_TABLE: nameOf('restores'),
      USERS_TABLE: nameOf('users'),
      AUDIT_TABLE: nameOf('audit'),
      JOBS_TABLE: nameOf('jobs'),
      RECOVERY_PLANS_TABLE: nameOf('recoveryPlans'),
      PLAN_RUNS_TABLE: nameOf('planRuns'),
      SESSIONS_TABLE: nameOf('sessions'),
      LOGIN_ATTEMPTS_TABLE: nameOf('loginAttempts'),
      SETTINGS_TABLE: nameOf('settings'),
      LOCKS_TABLE: nameOf('locks'),
    };
  }

  /**
   * The rights that these calls need, only on these tables and their indexes; tables with the same rights are combined.
   */
  rights(needs: TableNeeds): PolicyStatement[] {
    const resources = new Map<string, string[]>();
    const allow = (actions: string[], arns: string[]) => {
      if (actions.length === 0) return;
      const key = actions.sort().join();
      resources.set(key, [...(resources.get(key) ?? []), ...arns]);
    };
    for (const [name, methods] of Object.entries(needs)) {
      const { table, indexes } = this.#tables[name as TableName];
      const actions = actionsOn(name as TableName, methods);
      allow(
        actions.filter((action) => action !== QUERY),
        [table.tableArn],
      );
      // every query uses an index
      if (actions.includes(QUERY)) {
        allow(
          [QUERY],
          indexes.map((index) => `${table.tableArn}/index/${index}`),
        );
      }
    }
    return [...resources].map(
      ([actions, arns]) => new PolicyStatement({ actions: actions.split(','), resources: arns }),
    );
  }

  /** A table of records by id, and the indexes by which it is listed. */
  #listed(id: string, kind: keyof typeof LISTS): RecordsTable {
    const table = this.#table(id, 'id');
    for (const { name, attribute } of LISTS[kind].indexes) {
      table.addGlobalSecondaryIndex({
        indexName: name,
        partitionKey: { name: attribute, type: AttributeType.STRING },
        sortKey: { name: TIME_ATTRIBUTE, type: AttributeType.STRING },
        projectionType: ProjectionType.ALL,
      });
    }
    return { table, indexes: LISTS[kind].indexes.map(({ name }) => name) };
  }

  /** A table whose items expire. */
  #expiring(id: string, key: string): Table {
    return this.#table(id, key, { timeToLiveAttribute: EXPIRY_ATTRIBUTE });
  }

  #table(id: string, key: string, more: Partial<TableProps> = {}): Table {
    return new Table(this, id, {
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...more,
      partitionKey: { name: key, type: AttributeType.STRING },
    });
  }
}
