/** The machine of a standing check, as the console shows it. */
import type { JobInput, JobStates } from '../../backups/scan/job-states.ts';

export const STANDING_CHECK_STATES: JobStates = {
  part: 'Check some databases',
  isThereMore: 'Are there more?',
  done: 'All checked',
  failure: 'Record failure',
  failed: 'Standing check failed',
};

export interface StandingCheckPart extends JobInput {
  /** The page of connections that is next; null for the first. */
  cursor: string | null;
  /** The last database of that page's connection that was checked; null if none was. */
  after: string | null;
  /** Whether all pages have been processed. */
  listed: boolean;
  counts: StandingCheckCounts;
}

export interface StandingCheckCounts extends Record<string, number> {
  /** Databases of which the newest backup was held against their server. */
  checked: number;
  yes: number;
  with_warnings: number;
  no: number;
  /** Their server could not be looked at. */
  unknown: number;
  /** Connections without a password: nothing can be checked there. */
  without_password: number;
}
