/** The state machine of a standing check, with the names that the console shows. */
import type { JobInput, JobStates } from '../../backups/scan/job-states.ts';

export const STANDING_CHECK_STATES: JobStates = {
  part: 'Check some databases',
  isThereMore: 'Are there more?',
  done: 'All checked',
  failure: 'Record failure',
  failed: 'Standing check failed',
};

export interface StandingCheckPart extends JobInput {
  /** The next page of connections; null for the first. */
  cursor: string | null;
  /** The last checked database of that page's connection; null if there was none. */
  after: string | null;
  /** Whether all pages have been processed. */
  listed: boolean;
  counts: StandingCheckCounts;
}

export interface StandingCheckCounts extends Record<string, number> {
  /** Databases whose newest backup was compared with their server. */
  checked: number;
  yes: number;
  with_warnings: number;
  no: number;
  /** Databases whose server could not be inspected. */
  unknown: number;
  /** Connections without a password: nothing can be checked there. */
  without_password: number;
}
