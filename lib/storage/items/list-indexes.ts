/** The indexes by which a table's records are listed, and the attributes that they use. Pure. */

/** An index that groups records with the same values in some fields, ordered by time. */
export interface ListIndex<Field extends string = string> {
  name: string;
  /**
   * The partition key. It is the field itself if that is never null. Otherwise it is a separate attribute that only
   * exists if all of the fields have a value, because DynamoDB refuses an item whose index key is null or empty.
   */
  attribute: string;
  fields: readonly Field[];
}

/** The sort key of every index: `<created_at>#<id>`, so that no two records have the same position. */
export const TIME_ATTRIBUTE = 'listed_at';

/** All of a table's records are in this index together. */
export const BY_TIME = { name: 'by-time', attribute: 'list', fields: [] } as const;
const ALL = 'all';

/**
 * The lists of one kind of record. Each subject declares its own next to its tables. The stack creates the tables'
 * indexes from it, the adapter writes the attributes, and planList chooses among the indexes. The tables have no other
 * secondary indexes.
 */
export interface ListDefinition<Field extends string = string> {
  /** Its name in cursors. */
  name: string;
  /** The narrowest first: a list with several filters reads the first index whose fields are all among them. */
  indexes: readonly ListIndex<Field>[];
}

/** The fields that a list can be narrowed by. */
export type FilterOf<L extends ListDefinition> = L['indexes'][number]['fields'][number];

/** A stored attribute that isn't in any schema, and the fields that it is computed from. */
export interface Derived {
  attribute: string;
  fields: readonly string[];
  /** Undefined if the record doesn't have the attribute. */
  of(record: Readonly<Record<string, unknown>>): string | undefined;
}

/** The attributes that are stored only for lists. */
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

/** A record's list attributes: undefined for those that it doesn't have. */
export function derivedValues(
  derived: readonly Derived[],
  record: Readonly<Record<string, unknown>>,
): Record<string, string | undefined> {
  return Object.fromEntries(derived.map(({ attribute, of }) => [attribute, of(record)]));
}

/** The partition of an index that contains a record with these fields; undefined if there is none. */
export function partitionOf({ fields }: ListIndex, record: Readonly<Record<string, unknown>>): string | undefined {
  if (fields.length === 0) return ALL;
  const values = fields.map((field) => record[field]);
  if (!values.every((value) => typeof value === 'string' && value !== '')) return undefined;
  // different lists of values never give the same text, because all values except the last are UUIDs
  return values.join('#');
}

/** Converts a time to one form: the schemas allow several, but here times are compared as text. */
function placeOf(createdAt: unknown, id: unknown): string {
  return `${new Date(String(createdAt)).toISOString()}#${String(id)}`;
}
