/**
 * The one list of the API's calls. The HTTP API, the local service's front, the handlers, their validation and types,
 * and the OpenAPI document are all made from it.
 */

import { z } from 'zod';
import { auditEntry, publicUser } from '../accounts/model.ts';
import type { Role } from '../accounts/roles.ts';
import * as accounts from '../accounts/schemas.ts';
import { publicBackup } from '../backups/model.ts';
import { recoveryWindow } from '../backups/physical/recovery-window.ts';
import { publicJob } from '../backups/scan/job.ts';
import * as backups from '../backups/schemas.ts';
import { connection } from '../connections/model.ts';
import { storageProvider } from '../connections/providers/model.ts';
import * as providers from '../connections/providers/schemas.ts';
import * as connections from '../connections/schemas.ts';
import { dumpContents } from '../formats/dump-contents.ts';
import { publicPlanRun, recoveryPlan } from '../plans/model.ts';
import * as plans from '../plans/schemas.ts';
import { restore } from '../restores/model.ts';
import { restoreBody } from '../restores/request.ts';
import * as restores from '../restores/schemas.ts';
import { settings } from '../settings/model.ts';
import { emptyBody, listQuery, timedListQuery } from '../storage/items/schemas.ts';

/** The Lambdas that answer: one per resource, and one file of functions/ each. */
export const API_HANDLERS = [
  'auth',
  'users',
  'backups',
  'catalogue',
  'jagad-import',
  'preview',
  'restores',
  'recovery-plans',
  'connections',
  'connection-tests',
  'storage-providers',
  'encryption-keys',
  'settings',
  'audit',
  'health',
  'unmatched',
] as const;
export type ApiHandlerName = (typeof API_HANDLERS)[number];

/** Answers requests that match no route. */
export const DEFAULT_HANDLER: ApiHandlerName = 'unmatched';

/** The functions that connect to databases or to Jagad. They run in the databases' network. */
export const REACH_DATABASES: readonly string[] = [
  'connection-tests',
  'preview',
  'look-at-plan-entry',
  'jagad-import',
  'check-databases',
];

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface Route {
  handler: ApiHandlerName;
  /** The lowest role that may make this call. */
  role: Role | 'public';
  /** One sentence, for the documentation. */
  summary: string;
  query?: z.ZodType;
  /** Without it, the call has no body. */
  body?: z.ZodType;
  /** The maximum size of the body; 64 KiB by default. */
  maxBodyBytes?: number;
  /** The schema of a successful response. */
  status: number;
  answer?: z.ZodType;
  /** A read that is written to the audit log, as every write is. */
  audited?: true;
}

const MIB = 1024 * 1024;
const list = <T extends z.ZodType>(of: T) => z.array(of);

export const ROUTES = {
  'GET /api/health': {
    handler: 'health',
    role: 'public',
    summary: 'Whether the service is up, and whether an encryption key and a storage provider are set',
    status: 200,
    answer: z.object({
      status: z.literal('ok'),
      version: z.string(),
      encryption_key_set: z.boolean(),
      storage_provider_set: z.boolean(),
    }),
  },
  'GET /api/openapi.json': {
    handler: 'health',
    role: 'public',
    summary: 'This document',
    status: 200,
    answer: z.looseObject({ openapi: z.string() }),
  },

  'POST /api/auth/login': {
    handler: 'auth',
    role: 'public',
    summary: 'Log in; returns a session token, and sets it as a cookie',
    body: accounts.loginBody,
    status: 200,
    answer: accounts.loginAnswer,
  },
  'POST /api/auth/logout': {
    handler: 'auth',
    role: 'viewer',
    summary: 'End this session',
    body: emptyBody,
    status: 204,
  },
  'GET /api/auth/check': {
    handler: 'auth',
    role: 'viewer',
    summary: 'Whose session this is, and until when',
    status: 200,
    answer: accounts.sessionAnswer,
  },
  'PUT /api/auth/password': {
    handler: 'auth',
    role: 'viewer',
    summary: 'Change your own password; ends all other sessions',
    body: accounts.passwordBody,
    status: 204,
  },

  'GET /api/users': {
    handler: 'users',
    role: 'admin',
    summary: 'List users',
    query: listQuery,
    status: 200,
    answer: list(publicUser),
  },
  'POST /api/users': {
    handler: 'users',
    role: 'admin',
    summary: 'Add a user',
    body: accounts.newUserBody,
    status: 201,
    answer: publicUser,
  },
  'GET /api/users/{id}': { handler: 'users', role: 'admin', summary: 'One user', status: 200, answer: publicUser },
  'PUT /api/users/{id}': {
    handler: 'users',
    role: 'admin',
    summary: "Change a user's role or password; ends their sessions",
    body: accounts.userUpdateBody,
    status: 200,
    answer: publicUser,
  },
  'DELETE /api/users/{id}': {
    handler: 'users',
    role: 'admin',
    summary: 'Remove a user; ends their sessions',
    status: 204,
  },

  'GET /api/backups': {
    handler: 'backups',
    role: 'viewer',
    summary: 'List backups, newest first',
    query: backups.backupListQuery,
    status: 200,
    answer: list(publicBackup),
  },
  'POST /api/backups': {
    handler: 'catalogue',
    role: 'operator',
    summary: "Register an object of a provider's bucket as a backup",
    body: backups.newBackupBody,
    status: 201,
    answer: publicBackup,
  },
  'POST /api/backups/import': {
    handler: 'catalogue',
    role: 'admin',
    summary: "Import Jagad's own list of backups and connections; may be repeated",
    body: backups.importBody,
    maxBodyBytes: 4 * MIB,
    status: 200,
    answer: backups.importAnswer,
  },
  'POST /api/backups/import-from-jagad': {
    handler: 'jagad-import',
    role: 'admin',
    summary: 'Read all lists of a running Jagad and import them; may be repeated, and must be while something is left',
    body: backups.importFromJagadBody,
    status: 200,
    answer: backups.importFromJagadAnswer,
  },
  'GET /api/backups/{id}': {
    handler: 'backups',
    role: 'viewer',
    summary: 'One backup',
    status: 200,
    answer: publicBackup,
  },
  'PUT /api/backups/{id}': {
    handler: 'catalogue',
    role: 'admin',
    summary: "Correct a backup's record, such as the connection that a scan guessed; fields left out keep their values",
    body: backups.backupUpdateBody,
    status: 200,
    answer: publicBackup,
  },
  'DELETE /api/backups/{id}': {
    handler: 'catalogue',
    role: 'admin',
    summary: "Remove a backup's record; its object stays, and a scan or an import brings the record back",
    status: 204,
  },
  'GET /api/backups/{id}/logs': {
    handler: 'backups',
    role: 'viewer',
    summary: "Jagad's log of the backup",
    status: 200,
    answer: backups.logsAnswer.extend({ backup_id: z.uuid() }),
  },
  'GET /api/backups/{id}/contents': {
    handler: 'backups',
    role: 'viewer',
    summary: 'What the dump contains, as its last verification read it: tables, keys, views, routines, owners',
    status: 200,
    answer: dumpContents,
  },
  'GET /api/backups/{id}/recovery-window': {
    handler: 'backups',
    role: 'viewer',
    summary: 'The span of time that a physical backup can be recovered to, and what is missing for that',
    status: 200,
    answer: recoveryWindow,
  },
  'GET /api/backups/{id}/download': {
    handler: 'backups',
    role: 'operator',
    summary: 'Redirect to the object itself, with a URL that is valid for a few minutes',
    status: 302,
    audited: true,
  },
  'POST /api/backups/{id}/verify': {
    handler: 'backups',
    role: 'operator',
    summary: 'Verify a backup without restoring it',
    body: emptyBody,
    status: 202,
    answer: backups.verifyAnswer,
  },
  'POST /api/backups/{id}/restore': {
    handler: 'backups',
    role: 'operator',
    summary:
      'Restore a backup, to its original server unless a target is given. Of a physical backup, only the named databases are restored, each with its own record that names the others',
    body: restoreBody,
    status: 201,
    answer: restore,
  },
  'POST /api/backups/{id}/restore/preview': {
    handler: 'preview',
    role: 'operator',
    summary: 'Preview a restore: what it would find, overwrite and be stopped by; changes nothing',
    body: restoreBody,
    status: 200,
    answer: backups.previewAnswer,
  },

  'GET /api/restores': {
    handler: 'restores',
    role: 'viewer',
    summary: 'List restores, newest first',
    query: restores.restoreListQuery,
    status: 200,
    answer: list(restore),
  },
  'GET /api/restores/{id}': {
    handler: 'restores',
    role: 'viewer',
    summary: 'One restore',
    status: 200,
    answer: restore,
  },
  'GET /api/restores/{id}/logs': {
    handler: 'restores',
    role: 'viewer',
    summary: 'The log of a restore so far',
    status: 200,
    answer: backups.logsAnswer.extend({ restore_id: z.uuid() }),
  },
  'GET /api/restores/{id}/steps': {
    handler: 'restores',
    role: 'viewer',
    summary: "The steps of a restore's execution so far",
    status: 200,
    answer: restores.stepsAnswer,
  },
  'POST /api/restores/{id}/cancel': {
    handler: 'restores',
    role: 'operator',
    summary: 'Stop a restore, its task and its database session',
    body: emptyBody,
    status: 202,
    answer: restore,
  },

  'GET /api/recovery-plans': {
    handler: 'recovery-plans',
    role: 'viewer',
    summary: 'List recovery plans',
    query: listQuery,
    status: 200,
    answer: list(recoveryPlan),
  },
  'POST /api/recovery-plans': {
    handler: 'recovery-plans',
    role: 'admin',
    summary: 'Add a recovery plan: restores in ordered groups, and what starts them',
    body: plans.newPlanBody,
    status: 201,
    answer: recoveryPlan,
  },
  'GET /api/recovery-plans/{id}': {
    handler: 'recovery-plans',
    role: 'viewer',
    summary: 'One recovery plan',
    status: 200,
    answer: recoveryPlan,
  },
  'PUT /api/recovery-plans/{id}': {
    handler: 'recovery-plans',
    role: 'admin',
    summary: 'Change a recovery plan; fields left out keep their values',
    body: plans.planUpdateBody,
    status: 200,
    answer: recoveryPlan,
  },
  'DELETE /api/recovery-plans/{id}': {
    handler: 'recovery-plans',
    role: 'admin',
    summary: 'Remove a recovery plan; the records of its runs stay',
    status: 204,
  },
  'POST /api/recovery-plans/{id}/run': {
    handler: 'recovery-plans',
    role: 'operator',
    summary: 'Run a recovery plan; returns the run to watch',
    body: emptyBody,
    status: 202,
    answer: publicPlanRun,
  },
  'POST /api/recovery-plans/{id}/dry-run': {
    handler: 'recovery-plans',
    role: 'operator',
    summary: 'Check everything that a run would need, and change nothing; returns the run to watch',
    body: emptyBody,
    status: 202,
    answer: publicPlanRun,
  },
  'GET /api/recovery-plan-runs': {
    handler: 'recovery-plans',
    role: 'viewer',
    summary: 'List runs of recovery plans, newest first',
    query: plans.planRunListQuery,
    status: 200,
    answer: list(publicPlanRun),
  },
  'GET /api/recovery-plan-runs/{id}': {
    handler: 'recovery-plans',
    role: 'viewer',
    summary: 'One run, with the outcome of each entry',
    status: 200,
    answer: publicPlanRun,
  },
  'POST /api/recovery-plan-runs/{id}/cancel': {
    handler: 'recovery-plans',
    role: 'operator',
    summary: 'Stop a run and the restores that it is running',
    body: emptyBody,
    status: 202,
    answer: publicPlanRun,
  },

  'GET /api/connections': {
    handler: 'connections',
    role: 'viewer',
    summary: 'List database servers',
    query: listQuery,
    status: 200,
    answer: list(connection),
  },
  'POST /api/connections': {
    handler: 'connections',
    role: 'admin',
    summary: 'Add a database server',
    body: connections.newConnectionBody,
    status: 201,
    answer: connection,
  },
  'GET /api/connections/{id}': {
    handler: 'connections',
    role: 'viewer',
    summary: 'One database server',
    status: 200,
    answer: connection,
  },
  'PUT /api/connections/{id}': {
    handler: 'connections',
    role: 'admin',
    summary: 'Change a database server; fields left out keep their values',
    body: connections.connectionUpdateBody,
    status: 200,
    answer: connection,
  },
  'DELETE /api/connections/{id}': {
    handler: 'connections',
    role: 'admin',
    summary: 'Remove a database server that no backup, recovery plan or running restore needs',
    status: 204,
  },
  'POST /api/connections/test': {
    handler: 'connection-tests',
    role: 'admin',
    summary: 'Test a database server as it would be stored, without storing it',
    body: connections.connectionDraftBody,
    status: 200,
    answer: connections.connectionTestAnswer,
  },
  'POST /api/connections/{id}/test': {
    handler: 'connection-tests',
    role: 'operator',
    summary: 'Connect to a database server and say what it is and what rights are missing',
    body: emptyBody,
    status: 200,
    answer: connections.connectionTestAnswer,
  },

  'GET /api/storage-providers': {
    handler: 'storage-providers',
    role: 'viewer',
    summary: 'List storage providers',
    query: listQuery,
    status: 200,
    answer: list(storageProvider),
  },
  'POST /api/storage-providers': {
    handler: 'storage-providers',
    role: 'admin',
    summary: 'Add a storage provider',
    body: providers.newStorageProviderBody,
    status: 201,
    answer: storageProvider,
  },
  'GET /api/storage-providers/{id}': {
    handler: 'storage-providers',
    role: 'viewer',
    summary: 'One storage provider',
    status: 200,
    answer: storageProvider,
  },
  'PUT /api/storage-providers/{id}': {
    handler: 'storage-providers',
    role: 'admin',
    summary: 'Change a storage provider; fields left out keep their values',
    body: providers.storageProviderUpdateBody,
    status: 200,
    answer: storageProvider,
  },
  'DELETE /api/storage-providers/{id}': {
    handler: 'storage-providers',
    role: 'admin',
    summary: 'Remove a storage provider that holds no backups',
    status: 204,
  },
  'POST /api/storage-providers/test': {
    handler: 'storage-providers',
    role: 'admin',
    summary: 'Test a storage provider as it would be stored, without storing it',
    body: providers.storageProviderDraftBody,
    status: 200,
    answer: providers.storageProviderTestAnswer,
  },
  'POST /api/storage-providers/{id}/test': {
    handler: 'storage-providers',
    role: 'operator',
    summary: 'Test a storage provider by listing and reading in its bucket',
    body: emptyBody,
    status: 200,
    answer: providers.storageProviderTestAnswer,
  },
  'POST /api/storage-providers/{id}/set-default': {
    handler: 'storage-providers',
    role: 'admin',
    summary: 'Make a storage provider the default',
    body: emptyBody,
    status: 200,
    answer: storageProvider,
  },
  'POST /api/storage-providers/{id}/scan': {
    handler: 'catalogue',
    role: 'operator',
    summary: "Find Jagad's backups in the bucket; returns a job to watch",
    body: emptyBody,
    status: 202,
    answer: publicJob,
  },
  'POST /api/storage-providers/{id}/read-contents': {
    handler: 'catalogue',
    role: 'operator',
    summary: 'Verify again the backups whose last verification did not store their contents; returns a job to watch',
    body: emptyBody,
    status: 202,
    answer: publicJob,
  },
  'POST /api/standing-check': {
    handler: 'catalogue',
    role: 'operator',
    summary: 'Check the newest dump of each database against its server now; returns a job to watch',
    body: emptyBody,
    status: 202,
    answer: publicJob,
  },
  'GET /api/jobs/{id}': {
    handler: 'catalogue',
    role: 'viewer',
    summary: 'The progress of a job',
    status: 200,
    answer: publicJob,
  },

  'GET /api/encryption-keys': {
    handler: 'encryption-keys',
    role: 'admin',
    summary: 'List the encryption keys, without their values',
    status: 200,
    answer: list(providers.encryptionKeyAnswer),
  },
  'POST /api/encryption-keys': {
    handler: 'encryption-keys',
    role: 'admin',
    summary: 'Add one of Jagad’s encryption keys',
    body: providers.newEncryptionKeyBody,
    status: 201,
    answer: providers.encryptionKeyAnswer,
  },
  'POST /api/encryption-keys/{id}/set-default': {
    handler: 'encryption-keys',
    role: 'admin',
    summary: 'Make an encryption key the default, which is tried first',
    body: emptyBody,
    status: 200,
    answer: providers.encryptionKeyAnswer,
  },
  'DELETE /api/encryption-keys/{id}': {
    handler: 'encryption-keys',
    role: 'admin',
    summary: 'Remove an encryption key',
    status: 204,
  },

  'GET /api/settings': { handler: 'settings', role: 'viewer', summary: 'The settings', status: 200, answer: settings },
  'PUT /api/settings': {
    handler: 'settings',
    role: 'admin',
    summary: 'Change the settings; fields left out keep their values',
    body: settings.partial().strict(),
    status: 200,
    answer: settings,
  },
  'GET /api/audit': {
    handler: 'audit',
    role: 'admin',
    summary: 'Who did what, when, from where; newest first',
    query: timedListQuery,
    status: 200,
    answer: list(auditEntry),
  },
} as const satisfies Record<`${Method} /${string}`, Route>;

export type RouteKey = keyof typeof ROUTES;

/** A call's body and query after they have been checked. */
export type BodyOf<K extends RouteKey> = (typeof ROUTES)[K] extends { body: infer B extends z.ZodType }
  ? z.output<B>
  : undefined;
export type QueryOf<K extends RouteKey> = (typeof ROUTES)[K] extends { query: infer Q extends z.ZodType }
  ? z.output<Q>
  : Record<string, never>;

/** What a client sends and receives. */
export type BodyInputOf<K extends RouteKey> = (typeof ROUTES)[K] extends { body: infer B extends z.ZodType }
  ? z.input<B>
  : undefined;
export type QueryInputOf<K extends RouteKey> = (typeof ROUTES)[K] extends { query: infer Q extends z.ZodType }
  ? z.input<Q>
  : Record<string, never>;
export type AnswerOf<K extends RouteKey> = (typeof ROUTES)[K] extends { answer: infer A extends z.ZodType }
  ? z.output<A>
  : undefined;

export interface NamedRoute extends Route {
  key: RouteKey;
  method: Method;
  /** The path in API Gateway's notation, with `{name}` for a parameter. */
  path: string;
}

export const ROUTE_LIST: readonly NamedRoute[] = Object.entries(ROUTES).map(([key, route]) => {
  const [method, path] = key.split(' ') as [Method, string];
  return { ...route, key: key as RouteKey, method, path };
});
