/** Recovery plans, and the records of their runs, as they are stored and returned. */
import { z } from 'zod';
import { pick } from '../backups/backup-pick.ts';
import { databaseName } from '../databases/database-name.ts';
import { failure } from '../errors/failure.ts';
import { REQUEST_SOURCE } from '../restores/events.ts';
import { RESTORE_STATUSES } from '../restores/model.ts';
import { OWN_SOURCE } from '../storage/bus-event.ts';
import { id } from '../storage/fields.ts';
import { admitsSource, patternProblems } from './triggers/event-pattern.ts';
import { scheduleProblem } from './triggers/schedule.ts';

/** A run's record contains all its entries, and DynamoDB limits an item to 400 KB. */
const MAX_ENTRIES = 50;
const MAX_GROUPS = 20;

const pattern = z.record(z.string(), z.unknown()).superRefine((value, context) => {
  const problems = patternProblems(value);
  const own = [OWN_SOURCE, REQUEST_SOURCE].filter((source) => problems.length === 0 && admitsSource(value, source));
  const loops = own.map(
    (source) => `it would match this service's own events (${source}): name the sources it is meant for`,
  );
  for (const message of [...problems, ...loops]) context.addIssue({ code: 'custom', message });
});

/** What starts a plan, other than a person. */
export const trigger = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('event'),
    pattern: pattern.describe("of events on the service's bus: a subset of EventBridge's event patterns"),
  }),
  z.strictObject({
    kind: z.literal('alarm'),
    alarms: z.array(z.string().min(1).max(255)).min(1).max(20).describe('names of CloudWatch alarms'),
    state: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']).default('ALARM'),
  }),
  z.strictObject({
    kind: z.literal('schedule'),
    expression: z
      .string()
      .max(256)
      .superRefine((text, context) => {
        const message = scheduleProblem(text);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .describe('cron(…) or rate(…), in UTC'),
  }),
]);
export type Trigger = z.infer<typeof trigger>;

/** One restore of a plan. */
export const planEntry = z.strictObject({
  connection_id: id.describe('the server that was backed up'),
  database: databaseName,
  pick: pick.default({ kind: 'newest_verified' }),
  target_connection: id,
  target_database: databaseName.nullable().default(null).describe("by default the backup's own"),
});
export type PlanEntry = z.infer<typeof planEntry>;

/** The fields of a plan that an administrator sets. */
export const planFields = z.strictObject({
  name: z.string().trim().min(1).max(200),
  enabled: z.boolean().default(true).describe('whether its triggers start it; it can be run by hand either way'),
  triggers: z.array(trigger).max(10).default([]).describe('empty: it is only run by hand'),
  on_failure: z.enum(['stop', 'continue']).default('stop').describe('what happens to the groups after one that failed'),
  groups: z
    .array(z.array(planEntry).min(1).max(MAX_ENTRIES))
    .min(1)
    .max(MAX_GROUPS)
    .describe('groups run one after another, the entries of a group at the same time')
    .superRefine((groups, context) => {
      const problems = [
        ...(groups.flat().length > MAX_ENTRIES ? [`a plan has ${MAX_ENTRIES} entries at most`] : []),
        ...groups.flatMap((group, index) =>
          hasDouble(group) ? [`group ${index + 1} writes to one database twice`] : [],
        ),
      ];
      for (const message of problems) context.addIssue({ code: 'custom', message });
    }),
});
export type PlanFields = z.infer<typeof planFields>;

function hasDouble(group: PlanEntry[]): boolean {
  const targets = group.map((entry) => `${entry.target_connection}/${entry.target_database ?? entry.database}`);
  return new Set(targets).size < targets.length;
}

export const recoveryPlan = z.object({
  ...planFields.shape,
  id,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type RecoveryPlan = z.infer<typeof recoveryPlan>;

export const RUN_TRIGGERS = ['api', 'console', 'event', 'alarm', 'schedule'] as const;

/** The input of an execution of the plan machine. To start one by hand, `{"plan_id": "…"}` is enough. */
export const runInput = z.strictObject({
  plan_id: id,
  dry_run: z.boolean().default(false),
  trigger: z.enum(RUN_TRIGGERS).default('console'),
  /** The name of a user, or an event. */
  started_by: z.string().max(500).default('console'),
});
export type RunInput = z.infer<typeof runInput>;

const whole = z.number().int().nonnegative();

/** What a dry run found about an entry. */
export const findings = z.object({
  server_version: z.string().nullable().describe('version of the target server; null if it could not be reached'),
  database_exists: z.boolean().nullable(),
  object_bytes: whole.nullable().describe('bytes to read from the bucket'),
  dump_bytes: whole
    .nullable()
    .describe('size of the dump before compression: the target needs at least this much room'),
  overwritten_bytes: whole,
  overwritten_tables: whole,
  obstacles: z.array(z.string()).describe('any of them prevents the restore or makes it fail'),
  warnings: z.array(z.string()),
});
export type Findings = z.infer<typeof findings>;

export const ENTRY_STATUSES = ['pending', ...RESTORE_STATUSES, 'skipped'] as const;

const time = z.iso.datetime().nullable();

export const runEntry = planEntry.extend({
  group: whole.describe('counted from 0'),
  status: z.enum(ENTRY_STATUSES),
  backup_id: id.nullable().describe('the backup that was chosen'),
  restore_id: id.nullable().describe('null if none was started'),
  error: failure.nullable(),
  findings: findings.nullable().describe('of a dry run'),
  started_at: time,
  completed_at: time,
  duration_ms: whole.nullable(),
});
export type RunEntry = z.infer<typeof runEntry>;

/** One run of a plan, with the plan as it was when the run began. */
export const planRun = z.object({
  id,
  plan_id: id,
  plan_name: z.string(),
  dry_run: z.boolean(),
  trigger: z.enum(RUN_TRIGGERS),
  started_by: z.string(),
  on_failure: planFields.shape.on_failure.removeDefault(),
  status: z.enum(RESTORE_STATUSES),
  entries: z.array(runEntry),
  error: failure.nullable(),
  cancelled_by: z.string().nullable(),
  execution_arn: z.string().nullable(),
  started_at: z.iso.datetime(),
  completed_at: time,
  duration_ms: whole.nullable(),
  created_at: z.iso.datetime(),
  /** The number of writes so far. Entries may end at the same time, and no write may overwrite another entry's end. */
  revision: whole,
});
export type PlanRun = z.infer<typeof planRun>;
/** As returned by the API. */
export const publicPlanRun = planRun.omit({ revision: true });
