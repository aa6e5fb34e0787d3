/** Binary logs are numbered: `binlog.000009`, and after `binlog.999999` with one more digit. Pure. */

/**
 * The logs from one on, in the order in which the server wrote them; those of another base name, and the index, are left out.
 * It ends with a number that is not there only if a later one is.
 */
export function logsFrom(first: string, names: readonly string[]): { name: string; exists: boolean }[] {
  const { base, number } = split(first);
  const there = new Map<number, string>();
  for (const name of names) {
    const other = split(name);
    if (other.base === base && other.number >= number) there.set(other.number, name);
  }
  const last = Math.max(number, ...there.keys());
  const logs: { name: string; exists: boolean }[] = [];
  for (let next = number; next <= last; next++) {
    const name = there.get(next);
    logs.push({ name: name ?? `${base}.${String(next).padStart(6, '0')}`, exists: name !== undefined });
    // what comes after one that is missing cannot be replayed
    if (name === undefined) break;
  }
  return logs;
}

/** @returns number NaN where it is no binary log's name. */
function split(name: string): { base: string; number: number } {
  const [, base = name, digits = 'none'] = /^(.+)\.(\d{6,})$/.exec(name) ?? [];
  return { base, number: Number(digits) };
}
