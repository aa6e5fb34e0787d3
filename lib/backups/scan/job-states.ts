/**
 * The machines of jobs that work part by part, as the console shows them: each part is one call of a Lambda, which
 * passes on where it stopped. A job's id is its execution's name.
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

/** What it passes on. */
export type PartOutput<Part extends JobInput> = Part & { more: boolean };

export interface ScanPart extends JobInput {
  subject_id: string;
  /** The last key that was examined; null before the first. */
  after: string | null;
  counts: ScanCounts;
  skipped: Job['skipped'];
}

export interface ScanCounts extends Record<string, number> {
  /** Objects checked. */
  listed: number;
  /** New in the catalogue. */
  registered: number;
  /** Already there, and filled in. */
  filled: number;
  /** Already there. */
  known: number;
  /** Not full Jagad backups. */
  foreign: number;
  /** Of no known connection. */
  skipped: number;
}

export interface NewBackupsPart extends JobInput {
  subject_id: string;
  /** The current page of pending backups. */
  cursor: string | null;
  /** Whether all pages have been processed. */
  listed: boolean;
  /** When the job began, ISO 8601: what has been verified since isn't verified again. */
  since: string;
  /** The verifications that were started and haven't ended. */
  under_way: { backup_id: string; started_at: string }[];
  counts: NewBackupsCounts;
}

export interface NewBackupsCounts extends Record<string, number> {
  started: number;
  passed: number;
  failed: number;
  /** Ended without a verdict. */
  unread: number;
  /** Started, but never begun, or removed from the catalogue. */
  lost: number;
}
