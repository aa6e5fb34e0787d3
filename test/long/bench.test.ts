import { it, onTestFinished } from 'vitest';
import { Benchmark, expectRows } from '../support/benchmark.ts';

it('the benchmark measures every row', { timeout: 900_000 }, async () => {
  const benchmark = new Benchmark();
  onTestFinished(() => benchmark.remove());
  await expectRows(benchmark);
});
