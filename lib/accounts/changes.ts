/** What a call changed of a record, for the audit log: fields with their values before and after. Pure. */
import type { Change } from './model.ts';

/** They say nothing that the entry itself doesn't, or must never come out. */
const LEFT_OUT = ['created_at', 'updated_at', 'password_hash'];
const LONGEST_VALUE = 500;
/** Certificates are longer. They begin alike; a signature is at the end. */
const KEPT = { start: 250, end: 150 } as const;
/** An entry of the audit log stays far below DynamoDB's 400 kB. */
const MAX_CHANGES = 60;

/**
 * The fields that differ, the ones inside lists and objects by their path: `groups.0.1.database`.
 * @param before undefined for a record that is new.
 * @param after undefined for one that is removed.
 */
export function changesBetween(before: object | undefined, after: object | undefined): Change[] {
  const changes = [...differences('', before ?? {}, after ?? {})];
  if (changes.length <= MAX_CHANGES) return changes;
  const more = changes.length - MAX_CHANGES;
  return [...changes.slice(0, MAX_CHANGES), { field: `${more} more fields`, from: null, to: null }];
}

/** A secret was set, or removed: its value is never written here. */
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

/** Null stands for nothing at all, too. */
function written(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= LONGEST_VALUE) return text;
  return `${text.slice(0, KEPT.start)}…${text.slice(-KEPT.end)} (${text.length} characters)`;
}
