/** Sets of transactions in MySQL's and MariaDB's notation. Pure. */

type Interval = readonly [first: number, last: number];

/** Transaction numbers by their origin: MariaDB's domain, MySQL's server uuid. */
export type GtidSet = ReadonlyMap<string, readonly Interval[]>;

/** `0-1-100` names one transaction, `uuid:1-5:7` several. Further ones follow after a comma. */
export function parseGtids(text: string): GtidSet {
  const set = new Map<string, Interval[]>();
  for (const part of text.toLowerCase().split(',')) {
    const [, domain, number] = /^(\d+)-\d+-(\d+)$/.exec(part) ?? [];
    const [uuid = '', ...intervals] = part.split(':');
    const found = domain === undefined ? intervals.map(parseInterval) : [parseInterval(number ?? '')];
    const key = domain ?? uuid;
    if (found.length > 0) set.set(key, [...(set.get(key) ?? []), ...found]);
  }
  return set;
}

/**
 * Everything that a server with this GTID position contains: MariaDB only names the last transaction of each domain.
 */
export function heldGtids(text: string): GtidSet {
  const set = parseGtids(text);
  if (text.includes(':')) return set;
  return new Map([...set].map(([domain, intervals]) => [domain, [[1, lastOf(intervals)]]]));
}

export function without(set: GtidSet, other: GtidSet): GtidSet {
  const left = new Map<string, readonly Interval[]>();
  for (const [key, intervals] of set) {
    const rest = (other.get(key) ?? []).reduce<readonly Interval[]>(cut, intervals);
    if (rest.length > 0) left.set(key, rest);
  }
  return left;
}

/** Whether one set contains a later transaction than the other, from any origin. */
export function goesBeyond(set: GtidSet, other: GtidSet): boolean {
  return [...other].some(([key, intervals]) => lastOf(set.get(key) ?? []) > lastOf(intervals));
}

/**
 * Finds a MariaDB GTID with the same domain and number but from a different server, which is a different transaction.
 */
export function namesakeOf(gtid: string, others: string): string | undefined {
  const parts = (text: string) => (/^\d+-\d+-\d+$/.test(text) ? text.split('-').map(Number) : []);
  const [domain, server, number] = parts(gtid);
  return others.split(',').find((other) => {
    const [otherDomain, otherServer, otherNumber] = parts(other);
    return domain !== undefined && otherDomain === domain && otherNumber === number && otherServer !== server;
  });
}

/** For messages. */
export function gtidText(set: GtidSet): string {
  const parts = [...set].map(([key, intervals]) => {
    const numbers = intervals.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
    return key.includes('-') ? `${key}:${numbers.join(':')}` : `${numbers.join(', ')} of domain ${key}`;
  });
  return parts.join(', ');
}

function parseInterval(text: string): Interval {
  const [first, last = first] = text.split('-').map(Number) as [number, number?];
  return [first, last];
}

function lastOf(intervals: readonly Interval[]): number {
  return Math.max(0, ...intervals.map(([, last]) => last));
}

function cut(intervals: readonly Interval[], [first, last]: Interval): Interval[] {
  return intervals.flatMap(([from, to]) => {
    if (last < from || first > to) return [[from, to] as const];
    const rest: Interval[] = [];
    if (from < first) rest.push([from, first - 1]);
    if (to > last) rest.push([last + 1, to]);
    return rest;
  });
}
