/**
 * The filters by which each kind of record is listed. Declared once: the stack creates the tables' indexes from this,
 * the adapter writes the attributes, and planList chooses among them. The tables have no other secondary indexes.
 */

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
const BY_TIME = { name: 'by-time', attribute: 'list', fields: [] } as const;
const ALL = 'all';

/** The narrowest first: if a list has several filters, the first index that covers only these is read. */
export const LIST_INDEXES = {
  connections: [BY_TIME],
  storageProviders: [BY_TIME],
  backups: [
    {
      name: 'by-connection-and-database',
      attribute: 'connection_database',
      fields: ['connection_id', 'database_name'],
    },
    { name: 'by-connection', attribute: 'connection_id', fields: ['connection_id'] },
    { name: 'by-database', attribute: 'database_name', fields: ['database_name'] },
    { name: 'by-storage-provider', attribute: 'in_storage_provider', fields: ['storage_provider_id'] },
    { name: 'by-verify-status', attribute: 'verify_status', fields: ['verify_status'] },
    { name: 'by-status', attribute: 'status', fields: ['status'] },
    BY_TIME,
  ],
  restores: [
    { name: 'by-backup', attribute: 'backup_id', fields: ['backup_id'] },
    { name: 'by-target', attribute: 'to_connection', fields: ['to_connection'] },
    { name: 'by-status', attribute: 'status', fields: ['status'] },
    BY_TIME,
  ],
  users: [BY_TIME],
  audit: [BY_TIME],
  jobs: [BY_TIME],
  recoveryPlans: [BY_TIME],
  planRuns: [{ name: 'by-plan', attribute: 'plan_id', fields: ['plan_id'] }, BY_TIME],
} as const satisfies Record<string, readonly ListIndex[]>;

/** What can be listed. */
export type ListKind = keyof typeof LIST_INDEXES;
/** The fields that a list of a kind can be narrowed by. */
export type FilterOf<K extends ListKind> = (typeof LIST_INDEXES)[K][number]['fields'][number];

/** An attribute that isn't in any schema, and the fields that it is computed from. */
export interface Derived {
  attribute: string;
  fields: readonly string[];
  /** Undefined if the record has no such attribute. */
  of(record: Readonly<Record<string, unknown>>): string | undefined;
}

/** The attributes that are only stored for lists. */
export function derivedAttributes(kind: ListKind): Derived[] {
  const indexes: readonly ListIndex[] = LIST_INDEXES[kind];
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
