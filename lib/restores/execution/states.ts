/**
 * The restore state machine, for someone who reads its execution at night: the names of its states, and the input and
 * output of each. Inputs are small; large or secret data is in the records.
 */

import type { TaskOverrides } from '../admission/task-size.ts';
import type { VerifyMode } from '../request.ts';

export const RESTORE_STATES = {
  validate: 'Validate request',
  isRead: 'Recover it, or verify it first?',
  verify: 'Verify checksum',
  verifyInTask: 'Verify checksum in a task',
  isPlanned: 'Restore it, or plan it again?',
  pipeline: 'Run restore pipeline',
  recovery: 'Run recovery pipeline',
  didTaskStart: 'Did the task start?',
  countStart: 'Count the start',
  waitForPlace: 'Wait for a place',
  startAgain: 'Start which task again?',
  success: 'Record success',
  failure: 'Record failure',
  failed: 'Restore failed',
} as const;

/** The input of `Validate request`. The execution's own name is the restore's id. */
export interface ValidateInput {
  restore_id: string;
  execution_arn: string;
  /** The execution's input, not yet checked: the state checks it. */
  request: unknown;
}

export interface ValidateOutput {
  restore_id: string;
  backup_id: string;
  /**
   * A dump is verified, then streamed. A physical backup is first recovered on the task's disk. If it has archives that
   * were never read, one of them is verified, and then the restore is planned again.
   */
  kind: 'dump' | 'unread' | 'physical';
  /** What to restore, and where to, in words. */
  summary: string;
  /** How to verify the backup before the restore. */
  verify: VerifyMode;
  /** How often the task was requested so far. */
  task: { starts: number };
  /** The task's input. */
  size: TaskOverrides;
}

export interface VerifyInput {
  restore_id: string;
  verify: VerifyMode;
}

/** The version that was verified: the task only restores this one. */
export interface VerifyOutput {
  etag: string;
  /** Null if the verification was skipped. */
  sha256: string | null;
  object_bytes: number;
}

/** The input that Step Functions gives to the state of a Catch. */
export interface CaughtError {
  Error: string;
  /** For a Lambda: JSON with errorType and errorMessage. For a task: JSON of the stopped ECS task. */
  Cause: string;
}

/** The input of a state that ends a restore or other work. `end` says which end it is. */
export type EndOfState<About> = (About & { end: 'success' }) | FailureEnd<About>;
export type FailureEnd<About> = About & { end: 'failure'; error: CaughtError };

/** The Lambda's output for a failure. It becomes the execution's error and cause, as the console shows them. */
export interface RecordedFailure {
  code: string;
  message: string;
}

/** How often in total to request a task that never starts. */
export const MAX_TASK_STARTS = 3;
