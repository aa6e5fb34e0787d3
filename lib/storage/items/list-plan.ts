/** How a list is read from a table's indexes. Pure. */

import { MalformedRequest } from '../../errors/errors.ts';
import { decodeCursor, encodeCursor, foreignCursor } from './cursor.ts';
import { type FilterOf, type ListDefinition, type ListIndex, partitionOf } from './list-indexes.ts';

/** Fields and the values that they must have. Undefined values are ignored. */
export type Filters<L extends ListDefinition> = { readonly [F in FilterOf<L>]?: string | undefined };

/**
 * The given filters, if all their fields are known. Code that passes filters on may pass one that the list doesn't
 * have. It would be ignored, because TypeScript allows a variable to have extra fields.
 */
export type OnlyKnown<Known, Given extends Known> = Given & Record<Exclude<keyof Given, keyof Known>, never>;

export interface ListBounds {
  /** As returned with the previous page. */
  cursor?: string | undefined;
  /** ISO 8601 times with any offset. Both are inclusive. */
  since?: string | undefined;
  until?: string | undefined;
}

export interface ListPlan {
  index: ListIndex;
  /** The partition of the index to read. */
  partition: string;
  /** The filters that the index doesn't cover: its records are read, then checked against them. */
  remaining: [field: string, value: string][];
  /** The smallest and the largest position to read, both inclusive. */
  from: string;
  to: string;
  /** The last record that was returned. The page begins after it. */
  after: { place: string; id: string } | undefined;
}

const PLACE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/i;
/** Sort before and after every position, in byte order. */
const FIRST = '0';
const LAST = '9999-12-31T23:59:59.999Z';
/** The character after the `#` of a position. */
const PAST = '$';

/**
 * Chooses the narrowest index for the filters.
 * @throws MalformedRequest for a cursor that this list did not return, and for times in the wrong order.
 */
export function planList<L extends ListDefinition>(list: L, filters: Filters<L>, bounds: ListBounds = {}): ListPlan {
  const given = entries(filters);
  const values = Object.fromEntries(given);
  const index = list.indexes.find(({ fields }) => fields.every((field) => field in values)) as ListIndex;
  const partition = partitionOf(index, values);
  if (partition === undefined) throw new MalformedRequest(`${index.fields.join(', ')}: must not be empty`);
  const from = bounds.since === undefined ? FIRST : comparable(bounds.since);
  const to = `${bounds.until === undefined ? LAST : comparable(bounds.until)}${PAST}`;
  if (from > to) throw new MalformedRequest('since is later than until', { hint: 'Swap the two.' });
  const after = bounds.cursor === undefined ? undefined : readCursor(list.name, given, bounds.cursor);
  // DynamoDB itself refuses a start outside the bounds
  if (after !== undefined && (after.place < from || after.place > to)) throw foreignCursor();
  const remaining = given.filter(([field]) => !index.fields.includes(field));
  return { index, partition, remaining, from, to, after };
}

/** The cursor of the page after a position. It names its list, so that another list refuses it. */
export function cursorBehind<L extends ListDefinition>({ name }: L, filters: Filters<L>, place: string): string {
  return encodeCursor({ ...Object.fromEntries(entries(filters)), list: name, at: place });
}

function readCursor(name: string, given: [string, string][], cursor: string): { place: string; id: string } {
  const { list, at = '', ...filters } = decodeCursor(cursor);
  const id = PLACE.exec(at)?.[1];
  const isThisList =
    list === name &&
    Object.keys(filters).length === given.length &&
    given.every(([field, value]) => Object.hasOwn(filters, field) && filters[field] === value);
  if (id === undefined || !isThisList) throw foreignCursor();
  return { place: at, id };
}

function entries(filters: Readonly<Record<string, string | undefined>>): [string, string][] {
  return Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

/** A time in the form of positions. With an offset, a time may fall outside the years with four digits. */
function comparable(time: string): string {
  const text = new Date(time).toISOString();
  if (text.startsWith('+')) return LAST;
  return text.startsWith('-') ? FIRST : text;
}
