/**
 * The history file of a timeline, `00000003.history`: one line for each of its ancestors, the oldest first, with the
 * position at which the next one forked, and why. https://www.postgresql.org/docs/current/continuous-archiving.html
 */
import { lsnBytes } from './wal-position.ts';

/** Where a timeline forked. */
export interface TimelineSwitch {
  timeline: number;
  /** In the server's notation: `0/4000000`. */
  lsn: string;
  /** In the server's words: `no recovery target specified`, `before transaction 742`. */
  reason: string;
}

const LINE = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]{1,8})(?:\s+(.*?))?\s*$/i;

/**
 * Reads it as timeline.c does.
 * @returns undefined if it isn't a history of that timeline.
 */
export function parseHistory(timeline: number, text: string): TimelineSwitch[] | undefined {
  const switches: TimelineSwitch[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const found = LINE.exec(line);
    if (found === null) return undefined;
    const [, number, lsn = '', reason = ''] = found;
    const before = switches.at(-1);
    const one = { timeline: Number(number), lsn, reason };
    if (before && (one.timeline <= before.timeline || lsnBytes(lsn) < lsnBytes(before.lsn))) return undefined;
    switches.push(one);
  }
  const last = switches.at(-1);
  // only the first timeline has no ancestor, and it has no history file
  return last === undefined || last.timeline >= timeline ? undefined : switches;
}
