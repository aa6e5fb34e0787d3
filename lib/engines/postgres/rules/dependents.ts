/**
 * Finds what in a target blocks `pg_restore --clean`, which drops every object of the dump, last entry first and
 * without CASCADE. If a table can't be dropped, it keeps its rows, and COPY adds the backup's rows to them. So this
 * simulates the drops beforehand, with the dependencies in the target. The order matters: a view that is in the dump,
 * but reads from other tables in the target, may be a blocker too.
 */
import type { Toc, TocEntry } from '../../../formats/pg-dump/archive/format.ts';
import { keyOfEntry } from '../../../formats/pg-dump/archive/toc-key.ts';
import {
  type DatabaseObject,
  type Dependency,
  dependencyGraph,
  describe,
  ownerOf,
  takenAlong,
} from './dependency-graph.ts';
import type { DependencyRow } from './dependents-query.ts';

export interface Blockers {
  /**
   * One line for each blocker, such as `view sales.report depends on table sales.orders`. If there are any, the restore
   * must not begin.
   */
  blocking: string[];
  /** One line for each object that isn't in the dump and is left as it is, such as `table sales.notes`. */
  staying: string[];
}

/** Kinds of objects that a person would miss, or be surprised by, after a restore. */
const STAYING_KINDS = new Set([
  ...['schema', 'extension', 'table', 'foreign table', 'view', 'materialized view', 'sequence'],
  ...['function', 'procedure', 'aggregate', 'type'],
]);
/** They share one namespace within a schema. */
const RELATIONS = new Set(['table', 'foreign table', 'view', 'materialized view', 'sequence', 'index']);
const RELATION_DESCS = new Set([...RELATIONS].map((kind) => kind.toUpperCase()));
/** If something depends on one of these, the message names its table instead. */
const PARTS_OF_A_TABLE = new Set(['table constraint', 'index']);

/** Why a DROP would fail: what depends on the object, or on something that is dropped along with it. */
interface Refusal {
  readonly object: DatabaseObject;
  readonly dependencies: readonly Dependency[];
}

/** The target's objects while the drops are simulated. */
class Target {
  readonly #byKey = new Map<string, DatabaseObject[]>();
  readonly #inDump: ReadonlySet<string>;
  readonly live: Set<DatabaseObject>;
  readonly refusals: Refusal[] = [];
  /** Other blockers. */
  readonly lines: Line[] = [];

  constructor(rows: Iterable<DependencyRow>, toc: Toc) {
    this.live = new Set(dependencyGraph(rows).values());
    this.#inDump = new Set(toc.entries.map(keyOfEntry));
    for (const object of this.live) {
      const key = object.keys.find((candidate) => this.#inDump.has(candidate));
      if (key !== undefined) this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), object]);
    }
  }

  readonly isInDump = (object: DatabaseObject): boolean => object.keys.some((key) => this.#inDump.has(key));

  drop(entry: TocEntry): void {
    if (entry.drop === '' || entry.drop.startsWith('--')) return;
    for (const object of this.#byKey.get(keyOfEntry(entry)) ?? []) {
      // A view in a circle of dependencies is first replaced by an empty one: its rule is gone, but the view stays.
      if (entry.desc === 'RULE' && entry.drop.startsWith('CREATE OR REPLACE VIEW')) this.live.delete(object);
      else if (this.live.has(object)) this.#drop(object);
    }
  }

  #drop(object: DatabaseObject): void {
    const holders = object.needs.filter(({ type, to }) => 'ieP'.includes(type) && this.live.has(to));
    if (holders.length > 0) {
      // A partition's part of its parent's key can't be dropped alone. It is dropped with either of them.
      const holder = holders.find(({ type }) => type !== 'P');
      if (holder !== undefined) {
        this.lines.push({ object, text: `${describe(object)} is a part of ${describe(ownerOf(holder.to))}` });
      }
      return;
    }
    const taken = takenAlong(object, this.live);
    const dependencies = [...taken].flatMap(({ neededBy }) =>
      neededBy.filter(({ from, type }) => type === 'n' && this.live.has(from) && !taken.has(from)),
    );
    if (dependencies.length > 0) {
      this.refusals.push({ object, dependencies });
      return;
    }
    for (const member of taken) {
      this.live.delete(member);
      this.#notePartition(member);
    }
  }

  /** A partition is dropped with its parent, along with its rows, and nothing in the dump restores them. */
  #notePartition(member: DatabaseObject): void {
    if (!member.kind.endsWith('table') || this.isInDump(member)) return;
    const parent = member.needs.find(({ type, to }) => type === 'a' && to.kind === 'table')?.to;
    if (parent === undefined) return;
    const text = `${describe(member)} is a partition of ${describe(parent)}, and would be dropped with it`;
    this.lines.push({ object: member, text });
  }
}

/** A sequence that a serial column owns is described by its table; everything else by its owner. */
function nameable(object: DatabaseObject): DatabaseObject {
  const owner = ownerOf(object);
  if (owner.kind !== 'sequence') return owner;
  return owner.needs.find(({ type, to }) => type === 'a' && to.kind.endsWith('table'))?.to ?? owner;
}

/** How a person would name the object that something depends on: the table instead of its key. */
function referenceOf({ to: object }: Dependency): DatabaseObject {
  const owner = ownerOf(object);
  if (!PARTS_OF_A_TABLE.has(owner.kind)) return owner;
  return owner.needs.find(({ type, to }) => type === 'a' && to.kind.endsWith('table'))?.to ?? owner;
}

/** What still exists only because another drop in the dump was refused. */
function keptBy({ refusals, live }: Target): Map<DatabaseObject, Refusal> {
  const kept = new Map<DatabaseObject, Refusal>();
  for (const refusal of refusals) {
    for (const object of takenAlong(refusal.object, live)) if (!kept.has(object)) kept.set(object, refusal);
  }
  return kept;
}

/** The dependencies at the root: an object that is only kept by others isn't a cause itself. */
function roots(refusal: Refusal, kept: ReadonlyMap<DatabaseObject, Refusal>, seen: Set<Refusal>): Dependency[] {
  seen.add(refusal);
  return refusal.dependencies.flatMap((dependency) => {
    const behind = kept.get(dependency.from);
    if (behind === undefined) return [dependency];
    return seen.has(behind) ? [] : roots(behind, kept, seen);
  });
}

function dependenciesInTheWay(target: Target, kept: ReadonlyMap<DatabaseObject, Refusal>): Dependency[] {
  // An extension that can't be dropped stays and does no harm, unless it makes another drop of the dump fail.
  const harmful = target.refusals.filter(({ object }) => object.kind !== 'extension');
  return harmful.flatMap((refusal) => {
    const found = roots(refusal, kept, new Set());
    // There is no root if they keep each other, in a circle. A schema depends on nothing and is in no circle, but it
    // may contain one.
    return found.length > 0 || refusal.object.kind === 'schema' ? found : refusal.dependencies;
  });
}

interface Line {
  readonly object: DatabaseObject;
  readonly text: string;
}

function dependencyLines(dependencies: Dependency[]): Line[] {
  const pairs = dependencies.map((dependency) => ({
    object: nameable(dependency.from),
    reference: referenceOf(dependency),
  }));
  // If an object is known to depend on a table, it doesn't matter that it is also in a schema of the dump.
  const depend = new Set(pairs.filter(({ reference }) => reference.kind !== 'schema').map(({ object }) => object));
  return pairs
    .filter(({ object, reference }) => reference.kind !== 'schema' || !depend.has(object))
    .map(({ object, reference }) => ({ object, text: `${describe(object)} depends on ${describe(reference)}` }));
}

/**
 * Relations that still exist when the dump creates one with the same name: for example a view, if the dump has a table.
 */
function nameLines({ live }: Target, kept: ReadonlyMap<DatabaseObject, Refusal>, toc: Toc): Line[] {
  const name = (schema: string, relation: string) => JSON.stringify([schema, relation]);
  const standing = new Map<string, DatabaseObject>();
  for (const object of live) {
    if (!RELATIONS.has(object.kind) || kept.has(object)) continue;
    standing.set(name(object.names[0] ?? '', object.names[1] ?? ''), object);
  }
  return toc.entries.flatMap(({ desc, namespace, tag }) => {
    const object = RELATION_DESCS.has(desc) ? standing.get(name(namespace, tag)) : undefined;
    if (object === undefined) return [];
    return [{ object, text: `${describe(object)} has the name of a ${desc.toLowerCase()} in the dump` }];
  });
}

function isTemporary({ names }: DatabaseObject): boolean {
  return /^pg_(temp|toast)/.test(names[0] ?? '');
}

function staying({ live, isInDump }: Target): DatabaseObject[] {
  return [...live]
    .filter((object) => STAYING_KINDS.has(object.kind) && object.identity !== 'public')
    .filter((object) => !isInDump(object) && !isTemporary(object) && nameable(object) === object);
}

/**
 * @param rows the result of DEPENDENTS_SQL in the target
 * @param toc of the archive to restore into it
 */
export function blockers(rows: Iterable<DependencyRow>, toc: Toc): Blockers {
  const target = new Target(rows, toc);
  for (const entry of toc.entries.toReversed()) target.drop(entry);
  const kept = keptBy(target);
  const names = nameLines(target, kept, toc);
  const taken = new Set(names.map(({ object }) => object));
  const lines = [
    ...names,
    ...target.lines,
    ...dependencyLines(dependenciesInTheWay(target, kept)).filter(({ object }) => !taken.has(object)),
  ];
  const named = new Set(lines.map(({ object }) => object));
  return {
    blocking: [...new Set(lines.map(({ text }) => text))].sort(),
    staying: staying(target)
      .filter((object) => !named.has(object))
      .map(describe)
      .sort(),
  };
}
