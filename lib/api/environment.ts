import { z } from 'zod';
import { issuesOf } from '../errors/issues.ts';
import { OUTAGE_MINUTES } from '../pipeline/download/download.ts';

const text = z.string().trim().min(1);

/** Every setting that our code reads from the environment. The CDK constructs write the same names. */
const settings = z.object({
  CONNECTIONS_TABLE: text,
  STORAGE_PROVIDERS_TABLE: text,
  BACKUPS_TABLE: text,
  RESTORES_TABLE: text,
  USERS_TABLE: text,
  AUDIT_TABLE: text,
  JOBS_TABLE: text,
  RECOVERY_PLANS_TABLE: text,
  PLAN_RUNS_TABLE: text,
  SESSIONS_TABLE: text,
  LOGIN_ATTEMPTS_TABLE: text,
  SETTINGS_TABLE: text,
  LOCKS_TABLE: text,
  SECRETS_PREFIX: text,
  /** The secret with Jagad's encryption keys, given by its name or its ARN. */
  ENCRYPTION_KEYS_SECRET: text,
  /** The KMS key for secrets that the service creates at run time. */
  SECRETS_KEY_ARN: text,
  /** The secret shared with CloudFront. Not set if there is no CloudFront in front of the API. */
  ORIGIN_HEADER_SECRET: text.optional(),
  /** The service's own bucket. On one machine, its address and keys are set too. */
  SERVICE_BUCKET: text,
  SERVICE_BUCKET_ENDPOINT: text.optional(),
  SERVICE_BUCKET_ACCESS_KEY: text.optional(),
  SERVICE_BUCKET_SECRET_KEY: text.optional(),
  EVENT_BUS_NAME: text,
  RESTORE_STATE_MACHINE_ARN: text,
  VERIFICATION_STATE_MACHINE_ARN: text,
  SCAN_STATE_MACHINE_ARN: text,
  NEW_BACKUPS_STATE_MACHINE_ARN: text,
  CONTENTS_STATE_MACHINE_ARN: text,
  PLAN_STATE_MACHINE_ARN: text,
  STANDING_CHECK_STATE_MACHINE_ARN: text,
  /** The maximum age of a database's newest verified backup, in hours. */
  MAX_BACKUP_AGE_HOURS: z.coerce.number().positive(),
  RESTORE_ID: z.uuid(),
  BACKUP_ID: z.uuid(),
  /** The execution that runs a task. */
  EXECUTION_ARN: text,
  /** The address where ECS describes a task to itself. */
  ECS_CONTAINER_METADATA_URI_V4: text.optional(),
  /** The task's ARN on one machine, which has no such endpoint. */
  TASK_ARN: text.optional(),
  /** A private directory for files with passwords and certificates. */
  WORK_DIR: text,
  /** How long to keep retrying during a storage outage once a restore has written to its target. */
  STORAGE_OUTAGE_MINUTES: z.coerce.number().positive().default(OUTAGE_MINUTES),
});

export type Setting = keyof typeof settings.shape;
export type Environment<Name extends Setting> = Pick<z.infer<typeof settings>, Name>;

/**
 * Reads the named variables. Each entry point calls this once.
 * @throws Error that names every variable that is missing or blank.
 */
export function readEnvironment<Name extends Setting>(
  names: readonly Name[],
  env: NodeJS.ProcessEnv = process.env,
): Environment<Name> {
  const wanted = Object.fromEntries(names.map((name) => [name, true])) as Record<Name, true>;
  const parsed = settings.pick(wanted as never).safeParse(env);
  if (!parsed.success) {
    throw new Error(`the environment is not complete: ${issuesOf(parsed.error)}`);
  }
  return parsed.data as Environment<Name>;
}
