/** Keeps the last full run of the benchmark, and writes docs/performance.md from it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { figureOf, type RowReport } from './row.ts';

const ROOT = new URL('../../', import.meta.url);
const KEPT = new URL('dist/bench/last-full-run.json', ROOT);
const PAGE = new URL('docs/performance.md', ROOT);
const GIB = 1024 ** 3;

interface FullRun {
  /** ISO 8601. */
  ended_at: string;
  machine: string;
  commit: string;
  reports: RowReport[];
}

export function keepFullRun(reports: RowReport[]): void {
  const processors = cpus();
  const run: FullRun = {
    ended_at: new Date().toISOString(),
    machine: `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, ${Math.round(totalmem() / GIB)} GiB, ${process.platform} ${process.arch}`,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim(),
    reports,
  };
  mkdirSync(new URL('.', KEPT), { recursive: true });
  writeFileSync(KEPT, JSON.stringify(run, undefined, 2));
}

/** Writes the page. @returns what was done. */
export function performancePage(): string {
  if (!existsSync(KEPT)) return 'There is no full run yet: `npm run bench` makes one.';
  const run = JSON.parse(readFileSync(KEPT, 'utf8')) as FullRun;
  writeFileSync(PAGE, pageOf(run));
  return `${fileURLToPath(PAGE)} has the run of ${run.ended_at}.`;
}

/** Pure. */
export function pageOf({ ended_at, machine, commit, reports }: FullRun): string {
  const rows = reports.map((report) => {
    if ('error' in report) return `| ${report.name} | failed: ${report.error} | | | |`;
    const { name, peer, goal, unit, least, median, most, reached, detail, versions } = report;
    const figure = (value: number) => figureOf(value, unit);
    const measured = Object.entries(versions).map(([of, version]) => `${of} ${version}`);
    const cells = [
      name,
      `**${figure(median)}** (${figure(least)} to ${figure(most)})`,
      `${goal.bound} ${figure(goal.value)}${reached ? '' : ': **not reached**'}`,
      peer,
      `${detail.replaceAll(/\n\s*/g, '<br>')} (${measured.join(', ')})`,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `# Performance

\`npm run bench\` measures each row against what a user would run instead, in turn, on the same data and the same machine; ×
says how many times better ours is, as the median of the runs (with the least and the most). Ratios last longer than
figures. \`npm run bench -- --write\` makes this page of the last full run.

Measured ${ended_at.slice(0, 10)} at ${commit}, on ${machine}.

| row | result | goal | against | what it is made of |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
