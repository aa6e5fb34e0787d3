/** One row of the benchmark: ours and what a user would run instead, in turn, on the same data in the same run. */

export interface Comparison {
  name: string;
  /** What both figures are in: for seconds less is better, for MB/s more. */
  unit: 's' | 'MB/s';
  /** The ratio that we want to reach. */
  goal: number;
  /** Makes the data, or finds it kept from an earlier run: it is deterministic. */
  open(scale: number): Promise<OpenComparison>;
}

export interface OpenComparison {
  /** One run of each. Returns its figure. */
  ours(): Promise<number>;
  theirs(): Promise<number>;
  /** Called after both have run. @throws when their results differ. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export interface ComparisonResult {
  name: string;
  /** How many times better ours is: the median of the runs' own ratios. */
  ratio: number;
  /** The least and the greatest of the ratios. */
  spread: [number, number];
  /** Medians, in `unit`. */
  ours: number;
  theirs: number;
  unit: Comparison['unit'];
  goal: number;
}

const RUNS = 3;

/** Runs a row: each pair in turn, so that what else the machine does meets both. */
export async function compare({ name, unit, goal, open }: Comparison, scale: number): Promise<ComparisonResult> {
  const opened = await open(scale);
  try {
    const pairs: { ours: number; theirs: number }[] = [];
    for (let run = 0; run < RUNS; run++) {
      pairs.push({ theirs: await opened.theirs(), ours: await opened.ours() });
      await opened.check();
    }
    const ratios = pairs.map(({ ours, theirs }) => (unit === 's' ? theirs / ours : ours / theirs));
    return {
      name,
      ratio: median(ratios),
      spread: [Math.min(...ratios), Math.max(...ratios)],
      ours: median(pairs.map(({ ours }) => ours)),
      theirs: median(pairs.map(({ theirs }) => theirs)),
      unit,
      goal,
    };
  } finally {
    await opened.close();
  }
}

export function describeComparison({ ratio, spread, ours, theirs, unit, goal }: ComparisonResult): string {
  const figures = [ours, theirs].map((figure) => `${figure.toPrecision(3)} ${unit}`).join(' against ');
  const range = spread.map((bound) => bound.toFixed(2)).join(' to ');
  return `${ratio.toFixed(2)} times better (${range}; goal ${goal}): ${figures}`;
}

function median(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
