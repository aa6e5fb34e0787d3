/**
 * A subset of EventBridge's event patterns ("Creating Amazon EventBridge event patterns"), with the same meaning: a field
 * of the pattern is a nested object, or a list with at least one matcher that has to match; all fields have to match. A
 * matcher is a value (text, number, boolean, null) or one of
 *   {"prefix": text}
 *   {"anything-but": value, list of values, or {"prefix": text}}
 *   {"exists": true or false}
 * A list in the event matches if one of its items does. The subset includes what the stack's own rules need: on one
 * machine, the same code replaces EventBridge.
 */
export type EventPattern = { readonly [field: string]: unknown };

type Matcher = string | number | boolean | null | Record<string, unknown>;

/** The fields of an event ("Event structure"); any other field at the top level can only be a mistake. */
const TOP_FIELDS = ['version', 'id', 'detail-type', 'source', 'account', 'time', 'region', 'resources', 'detail'];
const MAX_DEPTH = 8;
const MAX_CHARACTERS = 4096;

/** What is wrong with a pattern, in words; undefined if the pattern is valid. */
export function patternProblems(pattern: EventPattern): string[] {
  if (JSON.stringify(pattern).length > MAX_CHARACTERS)
    return [`the pattern is longer than ${MAX_CHARACTERS} characters`];
  const fields = Object.keys(pattern);
  if (fields.length === 0) return ['the pattern is empty: it would match every event'];
  const unknown = fields.filter((field) => !TOP_FIELDS.includes(field));
  return [
    ...unknown.map((field) => `${field}: an event has no such field; what is special to it is in "detail"`),
    ...problemsIn(pattern, '', 1),
  ];
}

function problemsIn(pattern: EventPattern, way: string, depth: number): string[] {
  return Object.entries(pattern).flatMap(([field, expected]) => {
    const here = way === '' ? field : `${way}.${field}`;
    if (field.startsWith('$')) return [`${here}: operators such as $or are not supported`];
    if (Array.isArray(expected)) {
      if (expected.length === 0) return [`${here}: the list is empty: nothing would match`];
      return expected.flatMap((matcher) => problemOf(matcher, here));
    }
    if (typeof expected !== 'object' || expected === null) return [`${here}: must be a list of values, or an object`];
    if (depth >= MAX_DEPTH) return [`${here}: is nested too deeply`];
    if (Object.keys(expected).length === 0) return [`${here}: is empty`];
    return problemsIn(expected as EventPattern, here, depth + 1);
  });
}

function problemOf(matcher: unknown, way: string): string[] {
  if (isValue(matcher)) return [];
  const [[name, value] = ['', undefined], ...more] = Object.entries(matcher as object);
  const isSound =
    more.length === 0 &&
    ((name === 'prefix' && typeof value === 'string') ||
      (name === 'exists' && typeof value === 'boolean') ||
      (name === 'anything-but' && isExclusion(value)));
  if (isSound) return [];
  return [
    `${way}: ${JSON.stringify(matcher)} is not supported: use values, {"prefix": …}, {"anything-but": …}, {"exists": …}`,
  ];
}

function isExclusion(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(isValue);
  if (isValue(value)) return true;
  const { prefix, ...rest } = value as Record<string, unknown>;
  return typeof prefix === 'string' && Object.keys(rest).length === 0;
}

function isValue(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/**
 * Whether an event matches a pattern.
 * @throws Error for an unknown matcher, so check the pattern with patternProblems first.
 */
export function matchesPattern(pattern: EventPattern, event: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    const isThere = Object.hasOwn(event, field) && event[field] !== undefined;
    const actual = isThere ? event[field] : undefined;
    if (Array.isArray(expected)) return (expected as Matcher[]).some((matcher) => fits(matcher, actual));
    return [actual].flat().some((one) => matchesPattern(expected as EventPattern, isObject(one) ? one : {}));
  });
}

/** Whether a pattern excludes no event of a source by its source. A pattern without a source matches any. */
export function admitsSource(pattern: EventPattern, source: string): boolean {
  return pattern.source === undefined || matchesPattern({ source: pattern.source }, { source });
}

/** @param actual undefined if the event doesn't have the field. */
function fits(matcher: Matcher, actual: unknown): boolean {
  if (typeof matcher === 'object' && matcher !== null && 'exists' in matcher) {
    // only for leaves: EventBridge doesn't consider an object a value
    return matcher.exists === (actual !== undefined && !isObject(actual));
  }
  if (actual === undefined || isObject(actual)) return false;
  return [actual].flat().some((value) => fitsValue(matcher, value));
}

function fitsValue(matcher: Matcher, value: unknown): boolean {
  if (isValue(matcher)) return matcher === value;
  const hasPrefix = (prefix: unknown) => typeof value === 'string' && value.startsWith(String(prefix));
  if ('prefix' in matcher) return hasPrefix(matcher.prefix);
  if ('anything-but' in matcher) {
    const not = matcher['anything-but'];
    return isObject(not) ? !hasPrefix(not.prefix) : ![not].flat().includes(value as string);
  }
  throw new Error(`unknown matcher: ${JSON.stringify(matcher)}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
