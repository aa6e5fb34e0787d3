/**
 * What data an entry point needs. Each handler, and each program of the task, states its own needs in a file beside it,
 * `<name>.needs.ts`. The stack grants exactly that, and a test compares it with what the code calls. The rights to
 * start state machines are granted where the machines are created.
 */
import type { TableAction } from '../storage/items/table-actions.ts';
import { type Records, TABLE_ACTIONS } from './tables.ts';

export type TableName = keyof Records;

/** The methods that are called on each table. */
export type TableNeeds = { readonly [T in TableName]?: readonly (keyof Records[T])[] };

/** The secrets, by their kind; see lib/connections/secret-names.ts. */
export type SecretKind =
  | 'connections'
  | 'cipherPasses'
  | 'storageProviders'
  | 'encryptionKeys'
  | 'adminPassword'
  | 'originHeader';

/** The action's name in IAM, like all actions here. */
export type SecretAction =
  | 'secretsmanager:GetSecretValue'
  | 'secretsmanager:CreateSecret'
  | 'secretsmanager:PutSecretValue'
  | 'secretsmanager:UpdateSecretVersionStage'
  | 'secretsmanager:DeleteSecret';
export type SecretNeeds = { readonly [K in SecretKind]?: readonly SecretAction[] };

export type ObjectAction = 's3:GetObject' | 's3:ListBucket';
export type OwnObjectAction = 's3:GetObject' | 's3:PutObject' | 's3:ListBucket';
export type EventAction = 'events:PutEvents';
export type MetricAction = 'cloudwatch:GetMetricData';

export interface Needs {
  readonly tables?: TableNeeds;
  /**
   * Code that reads connections' passwords also reads the ones that RDS manages, because a connection may name one of
   * those.
   */
  readonly secrets?: SecretNeeds;
  /** Actions on the service's own bus. */
  readonly events?: readonly EventAction[];
  /** Actions on the service's own bucket. */
  readonly ownObjects?: readonly OwnObjectAction[];
  /** Actions on full backups in the bucket. */
  readonly objects?: readonly ObjectAction[];
  /** Actions on what RDS measures about its servers. CloudWatch has no rights for single metrics. */
  readonly metrics?: readonly MetricAction[];
  /** Actions on archives of Mariabackup and XtraBackup too. */
  readonly archives?: true;
  /** Actions on everything else that Jagad stores in the bucket too. */
  readonly otherObjects?: true;
}

export const READ_SECRET = ['secretsmanager:GetSecretValue'] as const;
export const WRITE_SECRET = [
  'secretsmanager:CreateSecret',
  'secretsmanager:PutSecretValue',
  'secretsmanager:DeleteSecret',
] as const;
/**
 * If several changes run at once, the right to stage versions lets only one of them replace the version that it started
 * from.
 */
export const CHANGE_SECRET = [
  'secretsmanager:CreateSecret',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
] as const;
/** Without the right to list, a missing object causes "access denied" instead of "no such key". */
export const READ_OBJECTS = ['s3:GetObject', 's3:ListBucket'] as const;

/** Reads what dumps contain. */
export const READS_CONTENTS: Needs = { ownObjects: READ_OBJECTS };

/** Stores what a dump contains, and compares it with the previous backup. */
export const KEEPS_CONTENTS: Needs = {
  tables: { backups: ['list'], settings: ['get'] },
  ownObjects: [...READ_OBJECTS, 's3:PutObject'],
};

/** Announces the progress of restores and verifications. */
export const ANNOUNCES: Needs = { events: ['events:PutEvents'] };

/** Finds a backup's object, opens it, and detects what it is. */
export const OPENS_BACKUPS: Needs = {
  tables: { storageProviders: ['get', 'default'] },
  secrets: { storageProviders: READ_SECRET, encryptionKeys: READ_SECRET },
  objects: READ_OBJECTS,
};

/**
 * Loads a backup into its target. For this, it reads the backup's records and the target's password, and reports
 * progress.
 */
export const LOADS_BACKUPS: Needs = {
  tables: {
    backups: ['get'],
    connections: ['get'],
    locks: ['get'],
    restores: ['get', 'list', 'update'],
    settings: ['get'],
  },
  secrets: { connections: READ_SECRET },
};

/**
 * Finds the times that a physical backup can be recovered to, from the objects in its bucket. For PostgreSQL's
 * timelines it reads the history files, which are encrypted if the repository is.
 */
export const READS_WINDOWS: Needs = {
  tables: { storageProviders: ['get', 'default'] },
  secrets: { storageProviders: READ_SECRET, cipherPasses: READ_SECRET },
  objects: READ_OBJECTS,
  otherObjects: true,
};

/** Admits a restore: reads its records, locks its target, and creates and announces its record. */
export const ADMITS_RESTORES: Needs = {
  tables: { backups: ['get'], connections: ['get'], locks: ['get', 'take'], restores: ['get', 'insert'] },
  ...ANNOUNCES,
};

/** Ends restores. The metrics of a restore need its backup's engine. */
export const ENDS_RESTORES: Needs = { tables: { backups: ['get'], restores: ['get', 'update'] }, ...ANNOUNCES };

/** Ends a run of a recovery plan according to the results of its restores. */
export const ENDS_RUNS: Needs = {
  tables: { planRuns: ['get', 'update'], restores: ['getMany'] },
  ...ANNOUNCES,
};

/** Imports Jagad's lists, and verifies new backups. */
export const IMPORTS: Needs = {
  tables: {
    backups: ['get', 'getMany', 'all', 'insert', 'update'],
    connections: ['get', 'getMany', 'insert', 'update'],
    jobs: ['get', 'insert', 'update'],
    locks: ['get', 'take'],
    settings: ['get'],
    storageProviders: ['all', 'insert', 'update'],
  },
};

/** Every call of the API must have come through CloudFront. */
export const BEHIND_EDGE: Needs = { secrets: { originHeader: READ_SECRET } };

/** A call looks up its session, and may be written to the audit log. */
export const ANSWERS_ROUTES: Needs = { tables: { sessions: ['get'], audit: ['put'] }, ...BEHIND_EDGE };

/** The actions that these calls need on one table, without duplicates. */
export function actionsOn(table: TableName, methods: readonly string[]): TableAction[] {
  const actions: Readonly<Record<string, readonly TableAction[]>> = TABLE_ACTIONS[table];
  return [...new Set(methods.flatMap((method) => actions[method] ?? []))];
}

/** Combines several needs, without duplicates. */
export function together(...all: readonly Needs[]): Needs {
  return {
    tables: eachOnce(all.map(({ tables = {} }) => tables)) as TableNeeds,
    secrets: eachOnce(all.map(({ secrets = {} }) => secrets)) as SecretNeeds,
    events: [...new Set(all.flatMap(({ events = [] }) => events))],
    objects: [...new Set(all.flatMap(({ objects = [] }) => objects))],
    ownObjects: [...new Set(all.flatMap(({ ownObjects = [] }) => ownObjects))],
    metrics: [...new Set(all.flatMap(({ metrics = [] }) => metrics))],
    ...(all.some(({ archives }) => archives) ? { archives: true } : {}),
    ...(all.some(({ otherObjects }) => otherObjects) ? { otherObjects: true } : {}),
  };
}

function eachOnce(all: readonly Readonly<Record<string, readonly string[]>>[]): Record<string, string[]> {
  const entries = Map.groupBy(
    all.flatMap((one) => Object.entries(one)),
    ([name]) => name,
  );
  return Object.fromEntries(
    [...entries].map(([name, lists]) => [name, [...new Set(lists.flatMap(([, list]) => list))]]),
  );
}
