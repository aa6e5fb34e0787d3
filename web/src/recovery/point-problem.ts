/** Why a backup can't be recovered to a point, in the API's own words. Pure. */

import { windowRefusals } from '../../../lib/backups/physical/window-refusals.ts';
import { recoveryTargetFields } from '../../../lib/engines/physical/recovery-target.ts';
import { sentence } from '../format/sentence.ts';
import { wordsOfIssue } from '../forms/problems.ts';
import { POINT_FIELD, type Point, targetOf } from './recovery-address.ts';
import { isUndecided, type RecoveryWindow } from './window-words.ts';

const NOT_READ = 'This backup has not been read yet: verify it first to choose a point.';
const NO_TIME = 'Enter a time such as 2026-11-22 15:04:05.';

/** @param timeline the chosen one. Null means the default one. */
export function pointProblem(point: Point, window: RecoveryWindow, timeline: number | null): string | undefined {
  if (isUndecided(window) && point.kind !== 'backup') return NOT_READ;
  // if a kind of point isn't offered, typing can't fix that
  return (window.targets.includes(point.kind) ? typingProblem(point) : undefined) ?? refusal(point, window, timeline);
}

function typingProblem({ kind, text }: Point): string | undefined {
  if (kind === 'backup') return undefined;
  const issue = recoveryTargetFields[POINT_FIELD[kind]].safeParse(text).error?.issues[0];
  return issue && (kind === 'time' ? NO_TIME : wordsOfIssue(issue));
}

function refusal(point: Point, window: RecoveryWindow, timeline: number | null): string | undefined {
  const [first] = windowRefusals(window, targetOf(point), point.kind === 'backup' ? null : timeline);
  return first && `${sentence(first.message)} ${first.hint ?? ''}`.trim();
}
