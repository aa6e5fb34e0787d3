/** A job's counts, in words. Pure. */
import type { AnswerOf } from '../../../lib/api/routes.ts';

export type Job = AnswerOf<'GET /api/jobs/{id}'>;

const VERIFIED = {
  started: 'Started',
  passed: 'Verified',
  failed: 'Damaged or missing',
  unread: 'Not readable',
  lost: 'Not finished',
};

const WORDS: Record<Job['kind'], Record<string, string>> = {
  scan: {
    listed: 'Objects checked',
    registered: 'New backups',
    filled: 'Backups completed',
    known: 'Already known',
    foreign: 'Not full Jagad backups',
    skipped: 'Skipped',
  },
  verification: VERIFIED,
  contents: VERIFIED,
  standing_check: {
    checked: 'Databases checked',
    yes: 'Would restore',
    with_warnings: 'With warnings',
    no: 'Would not restore',
    unknown: 'Server not reached',
    without_password: 'Connections without a password',
  },
};

export function countsOf({ kind, counts }: Pick<Job, 'kind' | 'counts'>): { label: string; value: number }[] {
  return Object.entries(counts).map(([name, value]) => ({ label: WORDS[kind][name] ?? name, value }));
}
