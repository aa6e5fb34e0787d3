/**
 * The state machines of jobs that work part by part, with the names that the console shows. Each part is one call of a
 * Lambda, which passes on where it stopped. A job's id is its execution's name.
 */
import type { Job } from './job.ts';

export interface JobStates {
  part: string;
  isThereMore: string;
  done: string;
  failure: string;
  failed: string;
}

export const SCAN_STATES: JobStates = {
  part: 'Scan a part',
  isThereMore: 'Is there more?',
  done: 'Scan done',
  failure: 'Record scan failure',
  failed: 'Scan failed',
};

export const NEW_BACKUPS_STATES: JobStates = {
  part: 'Verify some new backups',
  isThereMore: 'Are there more?',
  done: 'All verified',
  failure: 'Record failure',
  failed: 'Verification of new backups failed',
};

export const CONTENTS_STATES: JobStates = {
  part: 'Read some backups',
  isThereMore: 'Are some left?',
  done: 'All read',
  failure: 'Record failure of reading',
  failed: 'Reading of contents failed',
};

/** An execution's input. */
export interface JobInput {
  /** The storage provider; null for all databases. */
  subject_id: Job['subject_id'];
}

/** The input of a part's Lambda: the execution's input, or what the previous part passed on. */
export interface PartInput<Part extends JobInput> {
  job_id: string;
  part: Pick<Part, keyof JobInput> & Partial<Omit<Part, keyof JobInput>>;
}

/** What a part passes on to the next one. */
export type PartOutput<Part extends JobInput> = Part & { more: boolean };

export interface ScanPart extends JobInput {
  subject_id: string;
  /** The last key that was read; null before the first. */
  after: string | null;
  counts: ScanCounts;
  skipped: Job['skipped'];
}

export interface ScanCounts extends Record<string, number> {
  /** The number of objects read. */
  listed: number;
  /** The number of backups that were added to the catalogue. */
  registered: number;
  /** The number of existing records that were completed. */
  filled: number;
  /** The number of existing records that needed no change. */
  known: number;
  /** The number of objects that aren't full Jagad backups. */
  foreign: number;
  /** The number of backups whose connection is unknown. */
  skipped: number;
}

export interface NewBackupsPart extends JobInput {
  subject_id: string;
  /** The current page of backups to verify. */
  cursor: string | null;
  /** Whether all pages have been processed. */
  listed: boolean;
  /** When the job began, ISO 8601. What has been verified since then isn't verified again. */
  since: string;
  /** The verifications that were started and are still running. */
  under_way: { backup_id: string; started_at: string }[];
  counts: NewBackupsCounts;
}

export interface NewBackupsCounts extends Record<string, number> {
  started: number;
  passed: number;
  failed: number;
  /** The number that ended without a verdict. */
  unread: number;
  /** The number that were started but never began, or whose backup was deleted from the catalogue. */
  lost: number;
}
