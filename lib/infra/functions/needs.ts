/**
 * What each function and the task need of the service's data: which calls of which tables, which commands on which
 * secrets and objects. Their rights are made from this, and a test compares it with what their code calls. Rights to
 * start state machines are granted where the machines are made.
 */
import type { ApiHandlerName } from '../../api/routes.ts';
import type { Command } from './command-actions.ts';
import type { TableNeeds } from './table-commands.ts';

/** The secrets by what they are of; see lib/connections/secret-names.ts. */
export type SecretKind =
  | 'connections'
  | 'cipherPasses'
  | 'storageProviders'
  | 'encryptionKeys'
  | 'adminPassword'
  | 'originHeader';

export interface Needs {
  readonly tables?: TableNeeds;
  /** Code that reads connections' passwords also reads those that RDS manages, which connections may name. */
  readonly secrets?: { readonly [K in SecretKind]?: readonly Command[] };
  /** On the service's own bus. */
  readonly events?: readonly Command[];
  /** On full backups in the bucket. */
  readonly objects?: readonly Command[];
  /** Also on archives of Mariabackup and XtraBackup. */
  readonly archives?: true;
  /** Also on everything else that Jagad stores there. */
  readonly otherObjects?: true;
}

const READ = ['GetSecretValueCommand'] as const;
const WRITE = ['CreateSecretCommand', 'PutSecretValueCommand', 'DeleteSecretCommand'] as const;
const CHANGE = ['CreateSecretCommand', 'PutSecretValueCommand', 'UpdateSecretVersionStageCommand'] as const;
const READ_OBJECT = ['GetObjectCommand'] as const;
/** Announces the progress of restores and verifications. */
const TELLS = ['PutEventsCommand'] as const;

/** Finds a backup's object, opens it, and says what it is. */
const OPENS_BACKUPS = {
  tables: { storageProviders: ['get', 'default'] },
  secrets: { storageProviders: READ, encryptionKeys: READ },
  objects: READ_OBJECT,
} as const satisfies Needs;

/**
 * Finds the range of times that a physical backup can be recovered to, by what is in its bucket. For PostgreSQL's
 * timelines it reads the history files, which are encrypted if the repository is.
 */
const READS_WINDOWS = {
  tables: { storageProviders: ['get', 'default'] },
  secrets: { storageProviders: READ, cipherPasses: READ },
  objects: ['ListObjectsV2Command', ...READ_OBJECT],
  otherObjects: true,
} as const satisfies Needs;

/** Its backup says which engine it counts for. */
const ENDS_RESTORES = {
  tables: { backups: ['get'], restores: ['get', 'update'] },
  events: TELLS,
} as const satisfies Needs;

/**
 * Every call of the API must have come through CloudFront; a call of a route looks up its session, and may be audited.
 */
const BY_EDGE = { originHeader: READ } as const satisfies Needs['secrets'];
const OF_ROUTES = { sessions: ['get'], audit: ['put'] } as const satisfies TableNeeds;

/** Imports Jagad's lists, and verifies new backups. */
const IMPORTS = {
  tables: {
    backups: ['get', 'getMany', 'all', 'insert', 'update'],
    connections: ['get', 'getMany', 'insert', 'update'],
    jobs: ['get', 'insert', 'update'],
    locks: ['get', 'take'],
    settings: ['get'],
    storageProviders: ['get', 'all', 'insert', 'update'],
  },
} as const satisfies Needs;

/** Ends a run of a recovery plan, depending on how its restores ended. */
const ENDS_RUNS = {
  tables: { planRuns: ['get', 'update'], restores: ['getMany'] },
  events: TELLS,
} as const satisfies Needs;

const ROUTE_NEEDS: Record<Exclude<ApiHandlerName, 'unmatched'>, Needs> = {
  auth: {
    tables: {
      users: ['all', 'get', 'insert', 'update'],
      loginAttempts: ['get', 'replace'],
      sessions: ['get', 'put', 'delete', 'deleteOf'],
    },
    secrets: { adminPassword: READ },
  },
  users: { tables: { users: ['list', 'all', 'get', 'insert', 'update', 'delete'], sessions: ['get', 'deleteOf'] } },
  backups: {
    tables: {
      backups: ['get', 'list'],
      connections: ['get'],
      locks: ['get', 'take'],
      restores: ['get', 'insert'],
      storageProviders: ['get', 'default'],
    },
    secrets: { ...READS_WINDOWS.secrets, connections: READ },
    events: TELLS,
    objects: READS_WINDOWS.objects,
    otherObjects: true,
  },
  catalogue: {
    tables: {
      ...IMPORTS.tables,
      backups: [...IMPORTS.tables.backups, 'delete'],
      connections: [...IMPORTS.tables.connections, 'all'],
      recoveryPlans: ['all'],
      restores: ['list'],
      storageProviders: [...IMPORTS.tables.storageProviders, 'default'],
    },
    secrets: { storageProviders: READ },
    objects: READ_OBJECT,
  },
  'jagad-import': IMPORTS,
  preview: {
    tables: {
      ...OPENS_BACKUPS.tables,
      backups: ['get'],
      connections: ['get'],
      locks: ['get'],
      restores: ['get'],
    },
    secrets: { ...OPENS_BACKUPS.secrets, connections: READ, cipherPasses: READ },
    objects: READS_WINDOWS.objects,
    otherObjects: true,
  },
  restores: { tables: { backups: ['get'], restores: ['get', 'list', 'update'] }, events: TELLS },
  'recovery-plans': {
    tables: {
      backups: ['get', 'getMany'],
      connections: ['getMany'],
      locks: ['get', 'take'],
      planRuns: ['get', 'list', 'insert', 'update'],
      recoveryPlans: ['get', 'list', 'put', 'update', 'delete'],
      restores: ['get', 'getMany', 'update'],
    },
    events: TELLS,
  },
  connections: {
    tables: {
      backups: ['list'],
      connections: ['get', 'list', 'insert', 'update', 'delete'],
      recoveryPlans: ['all'],
      restores: ['all'],
    },
    secrets: { connections: WRITE, cipherPasses: WRITE },
  },
  'connection-tests': { tables: { backups: ['list'], connections: ['all', 'get'] }, secrets: { connections: READ } },
  'storage-providers': {
    tables: {
      backups: ['list'],
      storageProviders: ['get', 'list', 'insert', 'update', 'delete', 'default', 'setDefault'],
    },
    secrets: { storageProviders: [...READ, ...WRITE] },
    objects: ['ListObjectsV2Command', ...READ_OBJECT],
  },
  'encryption-keys': { secrets: { encryptionKeys: [...READ, ...CHANGE] } },
  settings: { tables: { settings: ['get', 'update'] } },
  audit: { tables: { audit: ['list', 'put'] } },
  health: { tables: { storageProviders: ['list'] }, secrets: { encryptionKeys: READ } },
};

const WORKFLOW_NEEDS = {
  'validate-request': {
    secrets: READS_WINDOWS.secrets,
    // the list contains the sizes of physical backups
    objects: [...READS_WINDOWS.objects, 'HeadObjectCommand'],
    tables: {
      ...READS_WINDOWS.tables,
      backups: ['get', 'update'],
      connections: ['get'],
      locks: ['get', 'take'],
      restores: ['get', 'insert', 'update'],
    },
    events: TELLS,
  },
  'verify-checksum': {
    ...OPENS_BACKUPS,
    archives: true,
    events: TELLS,
    tables: {
      ...OPENS_BACKUPS.tables,
      backups: ['get', 'update'],
      connections: ['get'],
      restores: ['get', 'update'],
    },
  },
  'record-restore-end': ENDS_RESTORES,
  'record-stopped-task': ENDS_RESTORES,
  'verify-backup': {
    ...OPENS_BACKUPS,
    archives: true,
    tables: { ...OPENS_BACKUPS.tables, backups: ['get', 'update'], connections: ['get'] },
    events: TELLS,
  },
  'record-verification-end': { tables: { backups: ['get', 'update'] }, events: TELLS },
  'scan-part': {
    tables: {
      backups: ['getMany', 'all', 'insert', 'update'],
      connections: ['all', 'get'],
      jobs: ['get', 'insert', 'update'],
      locks: ['get', 'take'],
      settings: ['get'],
      storageProviders: ['get'],
    },
    secrets: { storageProviders: READ },
    // the lists that pgBackRest keeps in its repositories
    objects: ['ListObjectsV2Command', ...READ_OBJECT],
    otherObjects: true,
  },
  'verify-new-backups': {
    tables: { backups: ['get', 'getMany', 'list'], jobs: ['insert', 'update'], settings: ['get'] },
  },
  'object-created': {
    tables: {
      backups: ['get', 'insert', 'update'],
      connections: ['all'],
      settings: ['get'],
      storageProviders: ['all'],
    },
  },
  'restore-requested': {
    ...READS_WINDOWS,
    tables: {
      ...READS_WINDOWS.tables,
      audit: ['insert'],
      backups: ['get', 'list'],
      connections: ['get'],
      locks: ['get', 'take'],
      restores: ['get', 'insert'],
    },
    secrets: { ...READS_WINDOWS.secrets, connections: READ },
    events: TELLS,
  },
  'start-plans': {
    tables: { audit: ['insert'], locks: ['get', 'take'], planRuns: ['get', 'insert'], recoveryPlans: ['all'] },
    events: TELLS,
  },
  'next-plan-group': {
    tables: {
      ...ENDS_RUNS.tables,
      locks: ['get', 'take'],
      planRuns: ['get', 'insert', 'update'],
      recoveryPlans: ['get'],
    },
    events: TELLS,
  },
  'choose-plan-backup': {
    tables: { backups: ['get', 'list'], connections: ['get'], planRuns: ['get', 'update'] },
    secrets: { connections: READ },
  },
  'look-at-plan-entry': {
    tables: {
      ...OPENS_BACKUPS.tables,
      backups: ['get', 'list'],
      connections: ['get'],
      locks: ['get'],
      planRuns: ['get', 'update'],
      recoveryPlans: ['get'],
      restores: ['get'],
    },
    secrets: { ...OPENS_BACKUPS.secrets, connections: READ, cipherPasses: READ },
    objects: READ_OBJECT,
  },
  'record-plan-entry': { tables: { planRuns: ['get', 'update'], restores: ['get'] } },
  'record-plan-run-end': ENDS_RUNS,
  'record-job-end': { tables: { jobs: ['get', 'update'] } },
  'measure-backups': { tables: { backups: ['all'] } },
} as const satisfies Record<string, Needs>;

/** The task's programs for dumps and for verifications of single objects, together. */
export const TASK_NEEDS: Needs = {
  ...OPENS_BACKUPS,
  archives: true,
  tables: {
    ...OPENS_BACKUPS.tables,
    backups: ['get', 'update'],
    connections: ['get'],
    locks: ['get'],
    restores: ['get', 'list', 'update'],
    settings: ['get'],
  },
  secrets: { ...OPENS_BACKUPS.secrets, connections: READ },
  events: TELLS,
};

/** Starts a copy of a server: its backups, and the logs to recover them further. */
export const RECOVERY_TASK_NEEDS: Needs = {
  ...OPENS_BACKUPS,
  tables: {
    ...OPENS_BACKUPS.tables,
    backups: ['get'],
    connections: ['get'],
    locks: ['get'],
    restores: ['get', 'list', 'update'],
    settings: ['get'],
  },
  secrets: { ...OPENS_BACKUPS.secrets, connections: READ, cipherPasses: READ },
  objects: ['ListObjectsV2Command', ...READ_OBJECT],
  otherObjects: true,
};

export type FunctionName = ApiHandlerName | keyof typeof WORKFLOW_NEEDS;

/** By the file of functions/. */
export const NEEDS: Record<FunctionName, Needs> = {
  ...WORKFLOW_NEEDS,
  ...(Object.fromEntries(
    Object.entries(ROUTE_NEEDS).map(([name, needs]) => [
      name,
      { ...needs, tables: { ...OF_ROUTES, ...needs.tables }, secrets: { ...BY_EDGE, ...needs.secrets } },
    ]),
  ) as typeof ROUTE_NEEDS),
  unmatched: { secrets: BY_EDGE },
};
