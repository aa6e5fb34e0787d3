/**
 * Runs a case with one seed after another for the given time. `npm run test:long` sets the number of minutes and gets a
 * report of what ran; failed seeds are kept in `failed-seeds.json`, and come first from then on.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

const KEPT = new URL('./failed-seeds.json', import.meta.url);
/** In a run by vitest alone: enough to see that the case works. */
const DEFAULT_MINUTES = 1;

export interface Ran {
  name: string;
  count: number;
  failed: number[];
}

/**
 * @param share of the minutes that there are
 * @throws Error that names every seed that failed, with the first one's error as its cause
 */
export async function campaign(name: string, share: number, run: (seed: number) => Promise<void>): Promise<void> {
  const minutes = Number(process.env.LONG_MINUTES ?? DEFAULT_MINUTES);
  const end = performance.now() + minutes * share * 60_000;
  const firstSeed = Number(process.env.LONG_SEED ?? Date.now() % 1_000_000);
  const kept = keptSeeds()[name] ?? [];
  const failures: { seed: number; error: unknown }[] = [];
  let count = 0;
  while (count <= kept.length || performance.now() < end) {
    const seed = kept[count] ?? firstSeed + count - kept.length;
    count += 1;
    await run(seed).catch((error: unknown) => failures.push({ seed, error }));
  }
  const failed = failures.map(({ seed }) => seed);
  keep(name, failed);
  report({ name, count, failed });
  if (failures.length > 0) {
    throw new Error(`${name} failed with the seeds ${failed.join(', ')} of ${count}`, { cause: failures[0]?.error });
  }
}

/** Tells `npm run test:long` what ran. */
export function report(ran: Ran): void {
  const file = process.env.LONG_REPORT;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(ran)}\n`);
}

function keptSeeds(): Record<string, number[]> {
  return existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, 'utf8')) as Record<string, number[]>) : {};
}

function keep(name: string, failed: number[]): void {
  if (failed.length === 0) return;
  const seeds = keptSeeds();
  const known = seeds[name] ?? [];
  writeFileSync(KEPT, `${JSON.stringify({ ...seeds, [name]: [...new Set([...known, ...failed])] }, undefined, 2)}\n`);
}
