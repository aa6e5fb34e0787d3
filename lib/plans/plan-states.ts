/** The machine of a recovery plan: the names of its states, as the console shows them, and their inputs and outputs. */
import type { RestoreStatus } from '../restores/model.ts';
import type { ExecutionInput } from '../restores/request.ts';

export const PLAN_STATES = {
  group: 'Take the next group',
  isThereOne: 'Is there a group?',
  restoreGroup: 'Restore the group',
  didAllGoWell: 'Did all go well?',
  done: 'Plan done',
  endedBadly: 'Plan ended badly',
  failure: 'Record the failure',
  failed: 'Plan failed',
} as const;

/** For one entry of a group. Its restore is like any other, in an execution of its own. */
export const ENTRY_STATES = {
  isDryRun: 'Is it a dry run?',
  look: 'Look at all, touch nothing',
  choose: 'Choose the backup',
  canItBe: 'Can it be restored?',
  restore: 'Run the restore',
  outcome: 'Record the outcome',
  over: 'Entry is over',
} as const;

/**
 * How many restores of a group run at once. Each has a task of its own, and they share the storage and often a server.
 */
export const ENTRIES_AT_ONCE = 4;

/** The execution's own name, which is the run's id. */
export interface NextGroupInput {
  run_id: string;
  execution_arn: string;
  /** The execution's input, not yet checked: the state checks it. */
  request: unknown;
}

export type NextGroupOutput = { run_id: string; dry_run: boolean } & (
  | { more: true; entries: { entry: number }[] }
  | { more: false; status: RestoreStatus; code: string; message: string }
);

export interface EntryInput {
  run_id: string;
  /** The entry's position in the whole run. */
  entry: number;
}

export type ChosenBackup =
  | { can_be: false }
  | {
      can_be: true;
      restore_id: string;
      /** The input of the restore's execution. */
      request: Pick<ExecutionInput, 'backup_id' | 'target_connection' | 'target_database' | 'trigger'>;
    };
