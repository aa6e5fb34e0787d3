/** Derives the result of a standing check from a preview. Pure. */
import type { Backup } from '../../backups/model.ts';
import type { Preview } from '../../backups/schemas.ts';
import { sessionsLine } from '../../databases/dump-fit.ts';
import type { Measurement } from '../../telemetry/metrics.ts';
import type { StandingCheckCounts } from './states.ts';

const MOST_REASONS = 10;
const LONGEST_REASON = 500;

/** The fields of the record that say whether a backup would restore. */
export type StandingCheckFields = Pick<Backup, 'standing_check' | 'would_restore'>;

/** `unknown` if the server could not be looked at. */
export function standingCheckOf(preview: Preview, now: Date): StandingCheckFields {
  const { server_version, connected, obstacles } = preview;
  const settings = preview.findings.filter(({ weight }) => weight === 'setting');
  // who is connected to a live database now says nothing about the time of a restore; and a restore changes settings
  // for its own sessions by itself
  const isToldNow = (line: string) =>
    line === sessionsLine(connected.length) || settings.some(({ message }) => line.startsWith(message));
  const warnings = preview.warnings.filter((line) => !isToldNow(line));
  if (server_version === null) return standingCheck('unknown', obstacles, now);
  if (obstacles.length > 0) return standingCheck('no', obstacles, now);
  return warnings.length > 0 ? standingCheck('with_warnings', warnings, now) : standingCheck('yes', [], now);
}

/** @param reasons in words. Long lists and long reasons are cut, because the record has to stay small */
export function standingCheck(
  would_restore: NonNullable<Backup['would_restore']>,
  reasons: readonly string[],
  now: Date,
): StandingCheckFields {
  const some = reasons.slice(0, MOST_REASONS).map((reason) => reason.slice(0, LONGEST_REASON));
  if (reasons.length > some.length) some.push(`and ${reasons.length - some.length} more`);
  return { would_restore, standing_check: { at: now.toISOString(), reasons: some } };
}

export function measuredCheck({ checked, no }: StandingCheckCounts): Measurement<'standing_check'> {
  return {
    kind: 'standing_check',
    values: { DatabasesChecked: checked, DatabasesNotRestorable: no },
    dimensions: {},
    about: {},
  };
}
