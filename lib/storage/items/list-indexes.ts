/** The indexes by which a table's records are listed, and the attributes that they are made of. Pure. */

/** An index that groups records with the same values in some fields, ordered by time. */
export interface ListIndex<Field extends string = string> {
  name: string;
  /**
   * The partition key: a field itself if it is never null; otherwise a separate attribute that only exists if all of
   * the fields have a value, because DynamoDB refuses an item whose index key is null or empty.
   */
  attribute: string;
  fields: readonly Field[];
}

/** The sort key of every index: `<created_at>#<id>`, so that no two records share a place. */
export const TIME_ATTRIBUTE = 'listed_at';

/** All of a table's records are in this index together. */
export const BY_TIME = { name: 'by-time', attribute: 'list', fields: [] } as const;
const ALL = 'all';

/**
 * By what the records of one kind are listed. Each subject declares its own, beside its tables: the stack makes the
 * tables' indexes of it, the adapter writes the attributes, and planList chooses among them. The tables have no other
 * secondary indexes.
 */
export interface ListDefinition<Field extends string = string> {
  /** What cursors call it. */
  name: string;
  /** The narrowest first: if a list has several filters, the first index that knows only these is read. */
  indexes: readonly ListIndex<Field>[];
}

/** The fields that a list can be narrowed by. */
export type FilterOf<L extends ListDefinition> = L['indexes'][number]['fields'][number];

/** An attribute that isn't in any schema, and the fields that it is computed from. */
export interface Derived {
  attribute: string;
  fields: readonly string[];
  /** Undefined if the record has no such attribute. */
  of(record: Readonly<Record<string, unknown>>): string | undefined;
}

/** The attributes that are only stored for lists. */
export function derivedAttributes({ indexes }: ListDefinition): Derived[] {
  return [
    { attribute: TIME_ATTRIBUTE, fields: ['created_at', 'id'], of: ({ created_at, id }) => placeOf(created_at, id) },
    ...indexes
      .filter(({ attribute, fields }) => !fields.includes(attribute))
      .map((index) => ({
        attribute: index.attribute,
        fields: index.fields,
        of: (record: Readonly<Record<string, unknown>>) => partitionOf(index, record),
      })),
  ];
}

/** The stored list attributes of a record: undefined for those that it doesn't have. */
export function derivedValues(
  derived: readonly Derived[],
  record: Readonly<Record<string, unknown>>,
): Record<string, string | undefined> {
  return Object.fromEntries(derived.map(({ attribute, of }) => [attribute, of(record)]));
}

/** The partition of an index that contains a record with these fields; undefined if none does. */
export function partitionOf({ fields }: ListIndex, record: Readonly<Record<string, unknown>>): string | undefined {
  if (fields.length === 0) return ALL;
  const values = fields.map((field) => record[field]);
  if (!values.every((value) => typeof value === 'string' && value !== '')) return undefined;
  // no two lists of values give the same text: all but the last are UUIDs
  return values.join('#');
}

/**
 * The schemas allow several forms of a time, but here times are compared as text: so they are converted to one form.
 */
function placeOf(createdAt: unknown, id: unknown): string {
  return `${new Date(String(createdAt)).toISOString()}#${String(id)}`;
}
