/**
 * The objects of a database and their dependencies, with PostgreSQL's rules for what a DROP without CASCADE also
 * removes.
 */

import { keysOfObject, type ObjectAddress } from '../../../formats/pg-dump/archive/toc-key.ts';
import type { DependencyRow } from './dependents-query.ts';

export interface DatabaseObject extends ObjectAddress {
  readonly id: string;
  readonly identity: string;
  readonly keys: readonly string[];
  /** What it depends on. */
  readonly needs: Dependency[];
  /** What depends on it. */
  readonly neededBy: Dependency[];
}

export interface Dependency {
  readonly from: DatabaseObject;
  readonly to: DatabaseObject;
  readonly type: string;
}

export type DependencyGraph = ReadonlyMap<string, DatabaseObject>;

function objectOf(graph: Map<string, DatabaseObject>, row: Omit<DependencyRow, `ref_${string}` | 'deptype'>) {
  const known = graph.get(row.id);
  // An object that was dropped while the query was running has no kind any more: it doesn't exist.
  if (known !== undefined || row.kind === null) return known;
  const address = { kind: row.kind, names: row.names ?? [], args: row.args ?? [] };
  const made: DatabaseObject = {
    ...address,
    id: row.id,
    identity: row.identity ?? address.names.join('.'),
    keys: keysOfObject(address),
    needs: [],
    neededBy: [],
  };
  graph.set(made.id, made);
  return made;
}

export function dependencyGraph(rows: Iterable<DependencyRow>): DependencyGraph {
  const graph = new Map<string, DatabaseObject>();
  for (const row of rows) {
    const from = objectOf(graph, row);
    if (from === undefined || row.ref_id === null || row.deptype === null) continue;
    const to = objectOf(graph, {
      id: row.ref_id,
      kind: row.ref_kind,
      names: row.ref_names,
      args: row.ref_args,
      identity: row.ref_identity,
    });
    if (to === undefined) continue;
    const dependency = { from, to, type: row.deptype };
    from.needs.push(dependency);
    to.neededBy.push(dependency);
  }
  return graph;
}

/**
 * The object that a person would name: the view instead of its rule, the table instead of its row type or identity
 * sequence, the extension instead of its members.
 */
export function ownerOf(object: DatabaseObject): DatabaseObject {
  const seen = new Set<DatabaseObject>();
  let current = object;
  for (;;) {
    seen.add(current);
    const up = current.needs.find(({ type, to }) => (type === 'i' || type === 'e') && !seen.has(to));
    if (up === undefined) return current;
    current = up.to;
  }
}

/** Everything that a DROP also removes: dependents that aren't normal ones, recursively (findDependentObjects). */
export function takenAlong(object: DatabaseObject, live: ReadonlySet<DatabaseObject>): Set<DatabaseObject> {
  const taken = new Set([object]);
  for (const member of taken) {
    for (const { from, type } of member.neededBy) if (type !== 'n' && live.has(from)) taken.add(from);
  }
  return taken;
}

/** `view sales.report`, `constraint fk on sales.orders` */
export function describe({ kind, identity }: DatabaseObject): string {
  // `f(text)`, as a person would write it, not `f(pg_catalog.text)`.
  return `${kind === 'table constraint' ? 'constraint' : kind} ${identity.replace(/([(,])pg_catalog\./g, '$1')}`;
}
