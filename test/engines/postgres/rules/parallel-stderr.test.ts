import { describe, expect, it } from 'vitest';
import { ParallelPgRestoreStderr } from '../../../../lib/engines/postgres/rules/parallel-stderr.ts';

interface Told {
  message: string;
  command: string;
}

const LONG = Array.from({ length: 60 }, (_, i) => `GRANT SELECT ON TABLE public.t TO role_${i};`).join('\n');
const HARMLESS: Told[] = [
  { message: 'role "app" does not exist', command: 'GRANT SELECT ON TABLE public.a TO app;\n\n' },
  { message: 'role "app" does not exist', command: 'ALTER STATISTICS public.s OWNER TO app;\n' },
  { message: 'role "role_0" does not exist', command: `${LONG}\n\n` },
  { message: 'must be owner of extension citext', command: "COMMENT ON EXTENSION citext IS 'ä; ö';\n\n\n" },
  { message: 'unrecognized configuration parameter "transaction_timeout"', command: 'SET transaction_timeout = 0;' },
];
const HARMFUL: Told[] = [
  {
    message: 'could not create unique index "b_pkey"\nDETAIL:  Key (id)=(1) is duplicated.',
    command: 'ALTER TABLE …;\n',
  },
  { message: 'syntax error', command: `CREATE FUNCTION f() AS '${'x'.repeat(3000)}\nerror: ';\n` },
];

/** The writes of one log line, as common/logging.c and port/snprintf.c make them. */
function writes(level: 'error: ' | 'warning: ' | '', text: string): Buffer[] {
  const bytes = Buffer.from(`${text}\n`);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 1024) }, (_, i) =>
    bytes.subarray(i * 1024, i * 1024 + 1024),
  );
  return [Buffer.from('pg_restore:'), Buffer.from(' '), ...(level === '' ? [] : [Buffer.from(level)]), ...pieces];
}

const query = ({ message, command }: Told) => `could not execute query: ERROR:  ${message}\nCommand was: ${command}`;

/** A name may contain any words. */
const NAME = 'TABLE t, on error: or warning: do';

/** One worker's lines, in its order: an error in each entry that has one. */
function worker(entries: (Told | undefined)[], from: number): Buffer[] {
  return entries.flatMap((told, index) => [
    ...writes('', `creating ACL "public.${NAME}"`),
    ...(told === undefined
      ? []
      : [...writes('', `from TOC entry ${from + index}; 0 0 ACL ${NAME} app`), ...writes('error: ', query(told))]),
    ...writes('', `finished item ${from + index} ACL ${NAME}`),
  ]);
}

/** Numbers that look random, the same in each run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function interleaved(workers: Buffer[][], below: (count: number) => number): string {
  const left = workers.map((list) => [...list]);
  const out: Buffer[] = [];
  while (left.some((list) => list.length > 0)) out.push(left[below(left.length)]?.shift() ?? Buffer.alloc(0));
  return Buffer.concat(out).toString();
}

function outcome(text: string, exitCode: number | null, pieces = (_: number) => text.length) {
  const finished: number[] = [];
  const reading = new ParallelPgRestoreStderr(15, { onFinished: (dumpId) => finished.push(dumpId) });
  for (let at = 0; at < text.length; ) {
    const size = 1 + pieces(3000);
    reading.push(text.slice(at, at + size));
    at += size;
  }
  return { ...reading.outcome(exitCode), finished };
}

const ignored = (count: number) => writes('warning: ', `errors ignored on restore: ${count}`).join('');

describe('workers whose lines are mixed', () => {
  const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);

  it('are a success with warnings if every error is harmless', () => {
    for (const seed of SEEDS) {
      const below = random(seed);
      const entries = () => Array.from({ length: 4 }, () => HARMLESS[below(HARMLESS.length + 3)]);
      const told = [entries(), entries(), entries()];
      const count = told.flat().filter((error) => error !== undefined).length;
      const text = interleaved(
        told.map((list, index) => worker(list, index * 10)),
        below,
      );
      const end = outcome(text + ignored(2 * count), 1, below);
      expect(end, `${JSON.stringify(end)}\n${text}`).toMatchObject({
        status: count === 0 ? 'success' : 'success_with_warnings',
      });
      expect(end.warnings.length).toBeLessThanOrEqual(HARMLESS.length);
      expect(end.finished.length, text).toBeLessThanOrEqual(12);
    }
  });

  it('are a failure if one error is not, whatever surrounds it', () => {
    for (const seed of SEEDS) {
      const below = random(seed);
      const told = [0, 1, 2].map(() => Array.from({ length: 4 }, () => HARMLESS[below(HARMLESS.length)]));
      (told[below(3)] as (Told | undefined)[])[below(4)] = HARMFUL[below(HARMFUL.length)];
      const text = interleaved(
        told.map((list, index) => worker(list, index * 10)),
        below,
      );
      expect(outcome(text + ignored(24), 1, below).status, text).toBe('failure');
    }
  });

  it('are a failure if rows could not be copied, which isn’t a query', () => {
    for (const seed of SEEDS) {
      const below = random(seed);
      const copy = writes('error: ', 'COPY failed for table "a": ERROR:  duplicate key\nCONTEXT:  COPY a, line 1');
      const text = interleaved([worker([HARMLESS[0], HARMLESS[2]], 1), copy, worker([HARMLESS[1]], 9)], below);
      expect(outcome(text + ignored(8), 1, below).status, text).toBe('failure');
    }
  });
});

describe('one line after the other', () => {
  const error = (told: Told) => writes('error: ', query(told)).join('');

  it('names the relevant error, without its entry', () => {
    const text = error(HARMLESS[0] as Told) + error(HARMFUL[0] as Told) + ignored(4);
    expect(outcome(text, 1)).toMatchObject({
      status: 'failure',
      message: 'could not create unique index "b_pkey" (ALTER TABLE …)',
      warnings: ['role "app" does not exist (GRANT SELECT ON TABLE public.a TO app)'],
    });
  });

  it('reports lost rows before anything else', () => {
    const lost =
      'COPY failed for table "a": ERROR:  new row for relation "a" violates check constraint "c"\nCONTEXT:  COPY a, line 1';
    const text = `${error(HARMFUL[0] as Told)}${writes('error: ', lost).join('')}${ignored(2)}`;
    const harmed: string[] = [];
    const reading = new ParallelPgRestoreStderr(15, { onHarm: ({ message }) => harmed.push(message) });
    reading.push(text);
    expect(reading.outcome(1)).toMatchObject({
      message: expect.stringMatching(/^COPY failed for table "a": .* \(and 1 more error: see the log\)$/),
    });
    expect(reading.isWhole(1)).toBe(true);
    expect(harmed).toEqual([expect.anything(), expect.stringMatching(/^COPY failed/)]);
  });

  it('reports each finished entry as soon as its line is complete', () => {
    const finished: number[] = [];
    const reading = new ParallelPgRestoreStderr(15, { onFinished: (dumpId) => finished.push(dumpId) });
    reading.push('pg_restore: launching item 7 TABLE DATA a\npg_restore: finished item 7 TABLE DATA a');
    expect(finished).toEqual([]);
    reading.push('\n finished item 8 TABLE DATA b\n');
    expect(finished).toEqual([7, 8]);
  });

  it('reports once what every session hit', () => {
    const setting = error(HARMLESS[4] as Told);
    expect(outcome(setting.repeat(5) + ignored(2), 1)).toMatchObject({
      status: 'success_with_warnings',
      warnings: ['unrecognized configuration parameter "transaction_timeout" (SET transaction_timeout = 0)'],
    });
  });

  it.each([
    ['', 0, 'success', undefined],
    ['', 1, 'failure', 'pg_restore gave up without saying why'],
    ['', null, 'failure', 'pg_restore ended with a signal'],
    [ignored(1), 1, 'failure', 'pg_restore counted 1 errors, but reported 0'],
    [`${error(HARMLESS[0] as Told)}${ignored(3)}`, 1, 'failure', 'pg_restore counted 3 errors, but reported 1'],
    [`pg_restore: error: \n${ignored(1)}`, 1, 'failure', 'pg_restore reported 1 errors, but explained only 0'],
    [
      writes('error: ', 'worker process failed: exit code 1').join(''),
      1,
      'failure',
      'worker process failed: exit code 1',
    ],
    [
      writes('error: ', query({ message: '', command: '' }).replace('ERROR:  ', 'FATAL:  gone')).join(''),
      1,
      'failure',
      'FATAL:  gone',
    ],
  ])('%j and exit %s are a %s', (text, exitCode, status, message) => {
    expect(outcome(text, exitCode)).toMatchObject({ status, ...(message === undefined ? {} : { message }) });
  });
});
