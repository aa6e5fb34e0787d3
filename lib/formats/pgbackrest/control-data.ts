/** The output of pg_controldata for a cluster: one `Name: value` per line, in English under LC_ALL=C. */
export interface ControlData {
  walSegmentBytes: number;
  /** The settings of the copied server that its WAL depends on. */
  sizes: Record<(typeof SIZES)[number][1], number>;
}

const SIZES = [
  ['max_connections setting', 'max_connections'],
  ['max_worker_processes setting', 'max_worker_processes'],
  ['max_prepared_xacts setting', 'max_prepared_transactions'],
  ['max_locks_per_xact setting', 'max_locks_per_transaction'],
] as const;

/** @throws Error if a line is missing, because then it isn't the output of a known pg_controldata. */
export function parseControlData(text: string): ControlData {
  const number = (name: string): number => {
    const found = text.split('\n').find((line) => line.startsWith(`${name}:`));
    if (found === undefined) throw new Error(`pg_controldata does not report "${name}"`);
    return Number(found.slice(name.length + 1));
  };
  return {
    walSegmentBytes: number('Bytes per WAL segment'),
    sizes: Object.fromEntries(SIZES.map(([name, setting]) => [setting, number(name)])) as ControlData['sizes'],
  };
}
