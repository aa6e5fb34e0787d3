/**
 * Gives a database object and its archive entry the same key: kind, schema and the name as in pg_dump's tags
 * (`_ArchiveEntry` calls in pg_dump.c): `orders`, `f(integer)`, `orders orders_pkey`, `CAST (a AS b)`.
 */
import type { TocEntry } from './format.ts';

/** An object as pg_identify_object_as_address returns it: names without quotes, schema first. */
export interface ObjectAddress {
  readonly kind: string;
  readonly names: readonly string[];
  readonly args: readonly string[];
}

/**
 * Kinds whose entry has another name than the kind in capitals. Several kinds may share an entry's name, as in the
 * catalog.
 */
const FAMILY_OF_KIND: Readonly<Record<string, string>> = {
  'table constraint': 'CONSTRAINT',
  'default value': 'DEFAULT',
  'statistics object': 'STATISTICS',
  'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
  language: 'PROCEDURAL LANGUAGE',
};
const FAMILY_OF_DESC: Readonly<Record<string, string>> = {
  DOMAIN: 'TYPE',
  'SHELL TYPE': 'TYPE',
  'FK CONSTRAINT': 'CONSTRAINT',
  'CHECK CONSTRAINT': 'CONSTRAINT',
};

const WITH_ARGUMENTS = new Set(['function', 'procedure', 'aggregate']);
/** Objects of a table: `names` is schema, table and name, and the tag is `table name`. */
const OF_A_TABLE = new Set(['table constraint', 'default value', 'trigger', 'rule', 'policy']);
/** `names` is access method, schema and name. */
const OF_AN_ACCESS_METHOD = new Set(['operator class', 'operator family']);

function key(family: string, namespace: string, tag: string): string {
  return JSON.stringify([family, namespace, tag]);
}

/** pg_dump leaves pg_catalog out of type names, but the server's address functions don't. */
function typeName(name: string): string {
  return name.startsWith('pg_catalog.') ? name.slice('pg_catalog.'.length) : name;
}

export function keyOfEntry(entry: Pick<TocEntry, 'desc' | 'namespace' | 'tag'>): string {
  return key(FAMILY_OF_DESC[entry.desc] ?? entry.desc, entry.namespace, entry.tag);
}

/**
 * The possible keys of this object's entry: first the exact one, then the ones for pg_dump's tags before version 11.
 */
export function keysOfObject({ kind, names, args }: ObjectAddress): string[] {
  const family = FAMILY_OF_KIND[kind] ?? kind.toUpperCase();
  const [first = '', second = '', third = ''] = names;
  if (kind === 'cast') return [key(family, '', `CAST (${typeName(first)} AS ${typeName(args[0] ?? '')})`)];
  if (kind === 'transform') return [key(family, '', `TRANSFORM FOR ${typeName(first)} LANGUAGE ${args[0] ?? ''}`)];
  if (kind === 'user mapping') return [key(family, '', `USER MAPPING ${first} SERVER ${args[0] ?? ''}`)];
  if (OF_AN_ACCESS_METHOD.has(kind)) return [key(family, second, third)];
  if (OF_A_TABLE.has(kind)) return [key(family, first, `${second} ${third}`), key(family, first, third)];
  if (names.length === 1) return [key(family, '', first)];
  if (!WITH_ARGUMENTS.has(kind)) return [key(family, first, second)];
  const types = args.map(typeName).join(', ');
  return [key(family, first, `${second}(${kind === 'aggregate' && types === '' ? '*' : types})`)];
}
