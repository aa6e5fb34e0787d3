import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RestoreTables } from '../restores/tables.ts';
import { BY_TIME, type ListDefinition } from '../storage/items/list-indexes.ts';
import { RecordTable } from '../storage/items/record-table.ts';
import { type PlanRun, planRun, type RecoveryPlan, recoveryPlan } from './model.ts';

export const RECOVERY_PLAN_LIST = { name: 'recoveryPlans', indexes: [BY_TIME] } as const satisfies ListDefinition;
export const PLAN_RUN_LIST = {
  name: 'planRuns',
  indexes: [{ name: 'by-plan', attribute: 'plan_id', fields: ['plan_id'] }, BY_TIME],
} as const satisfies ListDefinition;

interface OwnTables {
  recoveryPlans: RecordTable<RecoveryPlan, typeof RECOVERY_PLAN_LIST>;
  planRuns: RecordTable<PlanRun, typeof PLAN_RUN_LIST>;
}

/** The plans' own tables, and the others that their runs read and write. */
export interface PlanTables extends OwnTables, RestoreTables {}

export function planTables(
  client: DynamoDBDocumentClient,
  names: { RECOVERY_PLANS_TABLE: string; PLAN_RUNS_TABLE: string },
): OwnTables {
  return {
    recoveryPlans: new RecordTable(client, names.RECOVERY_PLANS_TABLE, recoveryPlan, RECOVERY_PLAN_LIST),
    planRuns: new RecordTable(client, names.PLAN_RUNS_TABLE, planRun, PLAN_RUN_LIST),
  };
}
