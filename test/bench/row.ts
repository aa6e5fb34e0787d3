/** One row of the benchmark: a figure, what it is compared with, and how it is printed. */

export interface RowOptions {
  /** A factor for the amount of data; published figures use 1. */
  scale: number;
  /** How often each side runs; the figures are over these runs. */
  runs: number;
  /** Called after each run with the results so far, in case the next one is interrupted. */
  soFar(result: RowResult): void;
}

export interface Row {
  name: string;
  /** What a user would run instead, or the limit that the figure is compared with. */
  peer: string;
  goal: Goal;
  measure(options: RowOptions): Promise<RowResult>;
}

export interface Goal {
  /** `at least` means how many times better ours is; `at most` means how much something takes. */
  bound: 'at least' | 'at most';
  value: number;
}

export interface RowResult {
  unit: '×' | 'MiB' | 'ms' | 'units';
  /** Over the runs, in `unit`. */
  least: number;
  median: number;
  most: number;
  /** What the figure is made of, as people read it. */
  detail: string;
  /** Of what was measured and what it was measured with: `{ node: '24.21.0', PostgreSQL: '15.18' }`. */
  versions: Record<string, string>;
}

/** What is printed and kept of a row. */
export type RowReport = Pick<Row, 'name' | 'peer' | 'goal'> & {
  scale: number;
  runs: number;
} & ((RowResult & { reached: boolean }) | { error: string });

/** @param figures one for each run */
export function resultOf(
  figures: number[],
  unit: RowResult['unit'],
  detail: string,
  versions: Record<string, string>,
): RowResult {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const [least, median, most] = [at(0), at(Math.floor(sorted.length / 2)), at(sorted.length - 1)];
  return { unit, least, median, most, detail, versions };
}

export function isReached({ bound, value }: Goal, { median }: RowResult): boolean {
  return bound === 'at least' ? median >= value : median <= value;
}

/** Such as `3.21× (3.06 to 3.24; goal at least 2.5×) against gzip -dc | mariadb: 10.7 s against 34.5 s [MariaDB 10.11.14]`. */
export function describeRow(report: RowReport): string {
  if ('error' in report) return `${report.name}: FAILED: ${report.error}`;
  const { name, peer, goal, unit, least, median, most, detail, versions, reached } = report;
  const figure = (value: number) => figureOf(value, unit);
  const wanted = `goal ${goal.bound} ${figure(goal.value)}${reached ? '' : ', NOT REACHED'}`;
  const measured = Object.entries(versions).map(([of, version]) => `${of} ${version}`);
  return `${name}: ${figure(median)} (${figure(least)} to ${figure(most)}; ${wanted}) against ${peer}: ${detail} [${measured.join(', ')}]`;
}

export function figureOf(value: number, unit: RowResult['unit']): string {
  return unit === '×' ? `${value.toFixed(2)}×` : `${Math.round(value)} ${unit}`;
}
