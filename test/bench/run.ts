/** `npm run bench`: our speed and memory, compared with what a user would run instead. */
import { parseArgs } from 'node:util';
import { keepFullRun, performancePage } from './performance-page.ts';
import { describeRow, isReached, type Row, type RowReport, type RowResult } from './row.ts';
import { ROWS } from './rows.ts';
import { SAMPLES_DIRECTORY } from './samples.ts';
import { stopServers } from './servers.ts';

const HELP = `Usage: npm run bench [-- OPTIONS]

Measures every row and prints it as it comes: the median of its runs, the least and the most, the goal, what it is held
against, and the versions measured. A row that fails says so, and the rest go on. The data is made once and kept in
${SAMPLES_DIRECTORY}; it may be deleted at any time.

  --only NAME    the rows whose name has NAME in it; may be given again
  --scale N      so many times as much data (default 1); figures are quoted from 1
  --runs N       how often each side of a comparison runs (default 3)
  --json         one JSON object a line for each row
  --list         the names of the rows
  --write        do not measure: write the last full run to docs/performance.md
  --help         show this

A full run is one of all rows at scale 1. Ctrl-C prints what there is of the row that is being measured, and stops.
Exit status: 0 when every row was measured, 1 when one failed, 2 for a wrong option, 130 after Ctrl-C.

Environment:
  MYSQL_BIN_DIR   a directory with mysqld, mysql and mysqldump of a real MySQL, for its row
`;

interface Options {
  rows: Row[];
  scale: number;
  runs: number;
  json: boolean;
}

class UsageError extends Error {}

function readOptions(): Options | 'done' {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      scale: { type: 'string', default: '1' },
      runs: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const names = ROWS.map(({ name }) => name).join('\n');
  if (values.help) console.log(HELP.trimEnd());
  else if (values.list) console.log(names);
  else if (values.write) console.log(performancePage());
  if (values.help || values.list || values.write) return 'done';
  const [scale, runs] = [Number(values.scale), Number(values.runs)];
  if (!(scale > 0)) throw new UsageError(`--scale must be a positive number, not "${values.scale}"`);
  if (!(Number.isInteger(runs) && runs > 0))
    throw new UsageError(`--runs must be a positive integer, not "${values.runs}"`);
  const unknown = values.only.find((only) => !ROWS.some(({ name }) => name.includes(only)));
  if (unknown !== undefined) throw new UsageError(`no row has "${unknown}" in its name. The rows are:\n${names}`);
  const rows = ROWS.filter(({ name }) => values.only.length === 0 || values.only.some((only) => name.includes(only)));
  return { rows, scale, runs, json: values.json };
}

async function measureAll({ rows, scale, runs, json }: Options): Promise<void> {
  const print = (report: RowReport) => console.log(json ? JSON.stringify(report) : describeRow(report));
  const begun = { row: undefined as Row | undefined, result: undefined as RowResult | undefined };
  const reportOf = ({ name, peer, goal }: Row, outcome: RowResult | { error: string }): RowReport => ({
    name,
    peer,
    goal,
    scale,
    runs,
    ...('error' in outcome ? outcome : { ...outcome, reached: isReached(goal, outcome) }),
  });

  process.once('SIGINT', () => {
    const { row, result } = begun;
    if (row !== undefined && result !== undefined) {
      print(reportOf(row, { ...result, detail: `${result.detail}; stopped before all ${runs} runs` }));
    }
    process.stderr.write(`stopped while measuring ${row?.name}\n`);
    // servers and services go with this process
    process.exit(130);
  });

  const reports: RowReport[] = [];
  for (const row of rows) {
    Object.assign(begun, { row, result: undefined });
    const soFar = (result: RowResult) => {
      begun.result = result;
    };
    const outcome = await row.measure({ scale, runs, soFar }).catch((error: Error) => ({ error: error.message }));
    const report = reportOf(row, outcome);
    reports.push(report);
    print(report);
  }
  await stopServers();
  const failed = reports.filter((report) => 'error' in report);
  if (failed.length > 0) {
    process.stderr.write(`${failed.length} of ${reports.length} rows failed\n`);
    process.exitCode = 1;
  } else if (rows.length === ROWS.length && scale === 1) keepFullRun(reports);
}

try {
  const options = readOptions();
  if (options !== 'done') await measureAll(options);
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  if (!(error instanceof UsageError) && !code?.startsWith('ERR_PARSE_ARGS')) throw error;
  process.stderr.write(`${message}\nnpm run bench -- --help shows what there is.\n`);
  process.exitCode = 2;
}
