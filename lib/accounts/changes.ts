/** The changes that a call made to a record, for the audit log: each field with its value before and after. Pure. */
import type { Change } from './model.ts';

/** Fields that add nothing to the entry, or that must never be shown. */
const LEFT_OUT = ['created_at', 'updated_at', 'password_hash'];
const LONGEST_VALUE = 500;
/** Certificates are longer than this. They begin alike, and differ in the signature, which is at their end. */
const KEPT = { start: 250, end: 150 } as const;
/** Keeps an audit log entry far below DynamoDB's limit of 400 KB. */
const MAX_CHANGES = 60;

/**
 * The fields that differ. A field inside a list or an object is named by its path, such as `groups.0.1.database`.
 * @param before undefined for a new record.
 * @param after undefined for a deleted one.
 */
export function changesBetween(before: object | undefined, after: object | undefined): Change[] {
  const changes = [...differences('', before ?? {}, after ?? {})];
  if (changes.length <= MAX_CHANGES) return changes;
  const more = changes.length - MAX_CHANGES;
  return [...changes.slice(0, MAX_CHANGES), { field: `${more} more fields`, from: null, to: null }];
}

/** A secret was set or removed. Its value is never written here. */
export function secretChange(field: string, to: 'changed' | 'removed' = 'changed'): Change {
  return { field, from: null, to };
}

function* differences(path: string, before: object, after: object): Generator<Change> {
  const [from, to] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  for (const name of new Set([...from.keys(), ...to.keys()])) {
    if (path === '' && LEFT_OUT.includes(name)) continue;
    const [was, is] = [from.get(name), to.get(name)];
    const field = path === '' ? name : `${path}.${name}`;
    if (isObject(was) && isObject(is)) yield* differences(field, was, is);
    else if (written(was) !== written(is)) yield { field, from: written(was), to: written(is) };
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Null also means that there is no value. */
function written(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= LONGEST_VALUE) return text;
  return `${text.slice(0, KEPT.start)}…${text.slice(-KEPT.end)} (${text.length} characters)`;
}
