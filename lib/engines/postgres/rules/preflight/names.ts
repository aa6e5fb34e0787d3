/**
 * Names that a dump needs and that another kind of object has in the target. Some kinds share names: in a schema,
 * tables, views, sequences, composite types, indexes and the indexes of keys share one namespace; types, domains, tables and views share
 * another one; functions, procedures and aggregates a third. `--clean` only drops objects that the dump has with the
 * same kind. dependents.ts finds relations that block an archive.
 */
import type { PostgresContents, PostgresObject } from '../../../../formats/dump-contents.ts';
import { keyOfEntry } from '../../../../formats/pg-dump/archive/toc-key.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { type DatabaseObject, dependencyGraph, describe } from '../dependency-graph.ts';
import type { DependencyRow } from '../dependents-query.ts';
import type { PostgresServerFacts } from './facts.ts';
import { ident, qualified } from './words.ts';

type Namespace = 'relation' | 'type' | 'routine';

const RELATIONS = ['table', 'foreign table', 'view', 'materialized view', 'sequence', 'index'];
const WITH_ROW_TYPE = ['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW'];
const TYPES = ['TYPE', 'DOMAIN', 'SHELL TYPE'];
const ROUTINES = ['FUNCTION', 'PROCEDURE', 'AGGREGATE'];

/** A name that the dump gives to an object. */
interface Wanted {
  namespace: Namespace;
  object: PostgresObject;
}

export function nameFindings(
  contents: PostgresContents,
  { database, domains }: PostgresServerFacts,
  dependencies: readonly DependencyRow[],
): Finding[] {
  const meeting = namesThatMeet(contents);
  if (dependencies.length === 0) return meeting;
  const wanted = wantedNames(contents);
  const replaced = new Set(contents.objects.map(keyOf));
  const objects = [...dependencyGraph(dependencies).values()];
  const taken = objects.flatMap((object): Finding[] => {
    const want = keysInTarget(object)
      .map((key) => wanted.get(key))
      .find((one) => one !== undefined && !isFoundOtherwise(contents, one, object, replaced));
    if (want === undefined || (goesWith(object, replaced) && !isOfOtherKind(object, want, domains))) return [];
    const { kind, name, table } = want.object;
    const what = `${kind.toLowerCase()} ${name}${table === null ? '' : ` of table ${table}`}`;
    return [
      {
        id: 'postgres-name-taken',
        message: `${describe(object)} of database ${database} has the name of ${what} in the dump`,
        statement: removal(object),
      },
    ];
  });
  return [...meeting, ...taken];
}

/**
 * A sequence can't be made under the name of a type, although a type can under that of a sequence: so both may be in a
 * database, but not be restored, as types come first.
 */
function namesThatMeet({ objects }: PostgresContents): Finding[] {
  const types = objects.filter(({ kind }) => TYPES.includes(kind));
  const named = new Map(types.map((object) => [nameKey('type', object.schema ?? '', object.name), object]));
  return objects.flatMap(({ kind, schema, name }): Finding[] => {
    const type = kind === 'SEQUENCE' ? named.get(nameKey('type', schema ?? '', name)) : undefined;
    if (type === undefined) return [];
    return [
      {
        id: 'postgres-names-meet',
        message: `the dump has a sequence and a ${type.kind.toLowerCase()} ${qualified(schema, name)}, and PostgreSQL can't make the sequence once there is the type`,
      },
    ];
  });
}

/** dependents.ts finds the relations that still exist after an archive's drops, but not the indexes of keys. */
function isFoundOtherwise(
  { format }: PostgresContents,
  { namespace, object }: Wanted,
  there: DatabaseObject,
  replaced: ReadonlySet<string>,
): boolean {
  if (namespace === 'type') return there.kind !== 'type' && !TYPES.includes(object.kind);
  const isRelation = namespace === 'relation' && !['CONSTRAINT', 'TYPE'].includes(object.kind) && there.kind !== 'type';
  return format === 'archive' && isRelation && !goesWith(there, replaced);
}

/**
 * DROP SEQUENCE … IF EXISTS refuses an index with that name, although the index is dropped with its table later. DROP
 * DOMAIN refuses any other type.
 */
function isOfOtherKind(there: DatabaseObject, { namespace, object }: Wanted, domains: ReadonlySet<string>): boolean {
  // DROP TYPE … IF EXISTS knows no sequences and indexes
  if (object.kind === 'TYPE') return WITH_ROW_TYPE.includes(there.kind.toUpperCase());
  if (object.kind === 'DOMAIN') return there.kind === 'type' && !domains.has(JSON.stringify(there.names));
  return namespace === 'relation' && object.kind !== 'CONSTRAINT' && there.kind.toUpperCase() !== object.kind;
}

function wantedNames({ objects, composite_types = [] }: PostgresContents): Map<string, Wanted> {
  const rows = new Set(composite_types.map(({ schema, name }) => JSON.stringify([schema, name])));
  const wanted = new Map<string, Wanted>();
  const add = (namespace: Namespace, object: PostgresObject) =>
    wanted.set(nameKey(namespace, object.schema ?? '', object.name), { namespace, object });
  for (const object of objects) {
    const { kind } = object;
    // a sequence has no type, but may not have the name of one
    if (TYPES.includes(kind) || WITH_ROW_TYPE.includes(kind) || kind === 'SEQUENCE') add('type', object);
    // a key's constraint creates an index with its name
    if (WITH_ROW_TYPE.includes(kind) || ['SEQUENCE', 'INDEX', 'CONSTRAINT'].includes(kind)) add('relation', object);
    if (kind === 'TYPE' && rows.has(JSON.stringify([object.schema, object.name]))) add('relation', object);
    if (ROUTINES.includes(kind)) add('routine', object);
  }
  return wanted;
}

function keyOf({ kind, schema, table, name }: PostgresObject): string {
  const tag = table === null || kind === 'INDEX' ? name : `${table} ${name}`;
  return keyOfEntry({ desc: kind, namespace: schema ?? '', tag });
}

function keysInTarget(object: DatabaseObject): string[] {
  const { kind, names, keys } = object;
  const [schema = '', name = ''] = names;
  if (kind === 'type') {
    if (isMadeAlong(object)) return [];
    return [nameKey('type', schema, name), ...(isComposite(object) ? [nameKey('relation', schema, name)] : [])];
  }
  if (RELATIONS.includes(kind)) {
    const hasRowType = WITH_ROW_TYPE.includes(kind.toUpperCase());
    return [nameKey('relation', schema, name), ...(hasRowType ? [nameKey('type', schema, name)] : [])];
  }
  if (!ROUTINES.includes(kind.toUpperCase())) return [];
  const [, , signature = ''] = JSON.parse(keys[0] ?? '[]') as string[];
  return [nameKey('routine', schema, signature)];
}

/**
 * Whether it is the type of a table's rows, or of an array. Such a type is created and dropped with another object, or
 * is renamed if its name is needed.
 */
function isMadeAlong({ needs }: DatabaseObject): boolean {
  return needs.some(({ type, to }) => type === 'i' && (to.kind === 'type' || RELATIONS.includes(to.kind)));
}

/** Whether it is a relation too, of which nothing but its name is seen. */
function isComposite({ neededBy }: DatabaseObject): boolean {
  return neededBy.some(({ type, from }) => type === 'i' && from.kind === 'composite type');
}

function nameKey(namespace: Namespace, schema: string, name: string): string {
  return JSON.stringify([namespace, schema, name]);
}

/** Whether the dump has it with its own kind, or has the object that it is a part of, with which it is dropped. */
function goesWith(object: DatabaseObject, replaced: ReadonlySet<string>): boolean {
  const seen = new Set([object]);
  for (const one of seen) {
    if (one.keys.some((key) => replaced.has(key))) return true;
    // an index is dropped with its key or table, and a part with the whole
    for (const { type, to } of one.needs) if ('iaePS'.includes(type)) seen.add(to);
  }
  return false;
}

/** The index of a key can only be renamed along with the key, which loses nothing. */
function removal(object: DatabaseObject): string {
  const { kind, identity, needs } = object;
  const key = needs.find(({ type, to }) => type === 'i' && to.kind === 'table constraint')?.to;
  if (key === undefined) return `DROP ${kind.toUpperCase()} ${identity};`;
  const [schema = '', table = '', name = ''] = key.names;
  return `ALTER TABLE ${qualified(schema, table)} RENAME CONSTRAINT ${ident(name)} TO ${ident(`${name}_before`)};`;
}
