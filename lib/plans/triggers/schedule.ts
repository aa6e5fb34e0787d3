/**
 * Schedule expressions in EventBridge's syntax ("Schedule types in EventBridge Scheduler"), in UTC, by the minute:
 * `rate(value unit)` and `cron(minutes hours day-of-month month day-of-week year)` with `*`, `?`, lists, ranges, steps
 * and names. `L`, `W` and `#` aren't supported.
 */
const MINUTE_MS = 60_000;
const UNITS = { minute: 1, hour: 60, day: 24 * 60 } as const;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  name: string;
  min: number;
  max: number;
  /** Both forms mean `min` and every value after it. */
  names?: string[];
  of(time: Date): number;
}

const FIELDS: Field[] = [
  { name: 'minutes', min: 0, max: 59, of: (time) => time.getUTCMinutes() },
  { name: 'hours', min: 0, max: 23, of: (time) => time.getUTCHours() },
  { name: 'day-of-month', min: 1, max: 31, of: (time) => time.getUTCDate() },
  { name: 'month', min: 1, max: 12, names: MONTHS, of: (time) => time.getUTCMonth() + 1 },
  { name: 'day-of-week', min: 1, max: 7, names: WEEKDAYS, of: (time) => time.getUTCDay() + 1 },
  { name: 'year', min: 1970, max: 2199, of: (time) => time.getUTCFullYear() },
];
const [DAY_OF_MONTH, DAY_OF_WEEK] = [2, 4];

/**
 * Whether the schedule is due in the minute of `time`.
 * @param since when a rate starts to count.
 * @throws RangeError for an invalid expression.
 */
export function isDue(expression: string, time: Date, since: Date): boolean {
  const schedule = parse(expression);
  if ('cron' in schedule) return schedule.cron.every((values, index) => values.has(FIELDS[index]?.of(time) as number));
  const minutes = Math.floor(time.getTime() / MINUTE_MS) - Math.floor(since.getTime() / MINUTE_MS);
  return minutes > 0 && minutes % schedule.everyMinutes === 0;
}

/** What is wrong with an expression, in words; undefined if the expression is valid. */
export function scheduleProblem(expression: string): string | undefined {
  try {
    parse(expression);
    return undefined;
  } catch (error) {
    return (error as RangeError).message;
  }
}

function parse(expression: string): { everyMinutes: number } | { cron: Set<number>[] } {
  const rate = /^rate\((\d{1,6}) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate !== null) {
    const [value, unit, plural] = [Number(rate[1]), rate[2] as keyof typeof UNITS, rate[3] === 's'];
    if (value === 0) throw new RangeError('the rate must be at least 1');
    if (plural !== value > 1) throw new RangeError('write rate(1 hour), but rate(2 hours)');
    return { everyMinutes: value * UNITS[unit] };
  }
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.split(' ');
  if (fields === undefined) throw new RangeError('write rate(6 hours), or cron(0 2 * * ? *)');
  if (fields.length !== FIELDS.length) {
    throw new RangeError(`cron has six fields: ${FIELDS.map(({ name }) => name).join(', ')}`);
  }
  if ((fields[DAY_OF_MONTH] === '?') === (fields[DAY_OF_WEEK] === '?')) {
    throw new RangeError('one of day-of-month and day-of-week must be ?');
  }
  return { cron: fields.map((text, index) => valuesOf(text, FIELDS[index] as Field, index)) };
}

function valuesOf(text: string, field: Field, index: number): Set<number> {
  if (text === '?' && index !== DAY_OF_MONTH && index !== DAY_OF_WEEK) throw wrong(text, field);
  return new Set(text.split(',').flatMap((part) => range(part, field)));
}

/** `*`, `5`, `MON-FRI`, `0/15`, `10-50/20`. */
function range(part: string, field: Field): number[] {
  const [span = '', step, ...more] = part.split('/');
  const [from = '', to, ...others] = span.split('-');
  if (more.length > 0 || others.length > 0) throw wrong(part, field);
  const isAll = span === '*' || span === '?';
  const first = isAll ? field.min : numberOf(from, field);
  // a step without an end continues to the last value
  const last = isAll || (to === undefined && step !== undefined) ? field.max : numberOf(to ?? from, field);
  const by = step === undefined ? 1 : Number(/^\d+$/.test(step) ? step : 0);
  if (by < 1 || first > last) throw wrong(part, field);
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, count) => first + count * by);
}

function numberOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.min : Number(/^\d{1,4}$/.test(text) ? text : Number.NaN);
  if (!(value >= field.min && value <= field.max)) throw wrong(text, field);
  return value;
}

function wrong(text: string, { name, min, max }: Field): RangeError {
  return new RangeError(`"${text}" is not a valid value for ${name}, which may be ${min} to ${max}`);
}
