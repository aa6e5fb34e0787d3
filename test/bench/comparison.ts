/** Rows that are a ratio: our code and what a user would run instead, in turn, on the same data in the same run. */
import { type Row, type RowOptions, type RowResult, resultOf } from './row.ts';

export interface Comparison {
  name: string;
  peer: string;
  /** The unit of both figures: for seconds less is better, for MB/s more. */
  unit: 's' | 'MB/s';
  /** The ratio to reach. */
  goal: number;
  /** Creates the data, or reuses that of an earlier run: it is deterministic. */
  open(scale: number): Promise<OpenComparison>;
}

export interface OpenComparison {
  versions: Record<string, string>;
  /** One run of each. Returns its figure. */
  ours(): Promise<number>;
  theirs(): Promise<number>;
  /** Called after both have run. @throws when their results differ. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export function comparisonRow(comparison: Comparison): Row {
  const { name, peer, goal } = comparison;
  return {
    name,
    peer,
    goal: { bound: 'at least', value: goal },
    measure: (options) => compare(comparison, options),
  };
}

/** Runs each pair in turn, so that the machine's other work affects both. */
async function compare({ unit, open }: Comparison, { scale, runs, soFar }: RowOptions): Promise<RowResult> {
  const opened = await open(scale);
  try {
    const pairs: { ours: number; theirs: number }[] = [];
    for (;;) {
      pairs.push({ theirs: await opened.theirs(), ours: await opened.ours() });
      await opened.check();
      const result = resultOfPairs(pairs, unit, opened.versions);
      if (pairs.length === runs) return result;
      soFar(result);
    }
  } finally {
    await opened.close();
  }
}

function resultOfPairs(
  pairs: { ours: number; theirs: number }[],
  unit: Comparison['unit'],
  versions: Record<string, string>,
): RowResult {
  const ratios = pairs.map(({ ours, theirs }) => (unit === 's' ? theirs / ours : ours / theirs));
  const median = (figures: number[]) => resultOf(figures, '×', '', {}).median.toPrecision(3);
  const ours = median(pairs.map((pair) => pair.ours));
  const theirs = median(pairs.map((pair) => pair.theirs));
  return resultOf(ratios, '×', `${ours} ${unit} against ${theirs} ${unit}`, versions);
}
