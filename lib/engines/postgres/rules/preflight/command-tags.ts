/** Which commands a load runs, by the tags that event triggers filter them by. */
import type { PostgresContents } from '../../../../formats/dump-contents.ts';
import { keyOfEntry, keysOfObject } from '../../../../formats/pg-dump/archive/toc-key.ts';
import type { DependencyRow } from '../dependents-query.ts';
import type { EventTrigger } from './facts.ts';

/** For `CREATE …` and `DROP …`: the kinds of objects for which a load runs it. Other tags may always come. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  // an old pg_dump writes some views as tables with a rule
  RULE: ['RULE', 'VIEW', 'MATERIALIZED VIEW'],
  TYPE: ['TYPE', 'SHELL TYPE'],
  'TABLE AS': [],
  ...Object.fromEntries(
    [
      ...['AGGREGATE', 'CAST', 'COLLATION', 'CONVERSION', 'DOMAIN', 'FOREIGN TABLE', 'FUNCTION', 'INDEX'],
      ...['MATERIALIZED VIEW', 'OPERATOR', 'POLICY', 'PROCEDURE', 'PUBLICATION', 'SCHEMA', 'SEQUENCE', 'SERVER'],
      ...['STATISTICS', 'TABLE', 'TRIGGER', 'VIEW'],
    ].map((kind) => [kind, [kind]]),
  ),
};

/**
 * Whether the load may run a command that the event trigger fires for.
 * @param contents undefined if they aren't known: then any command may come
 * @param dependencies between the objects of the target
 */
export function mayFire(
  { tags, onDrop }: EventTrigger,
  contents: PostgresContents | undefined,
  dependencies: readonly DependencyRow[],
): boolean {
  // an extension's script may run whatever it likes
  if (contents === undefined || contents.extensions.length > 0) return true;
  if (onDrop && !mayDrop(contents, dependencies)) return false;
  return tags === null || tags.some((tag) => mayRun(tag, contents));
}

function mayRun(tag: string, { objects }: PostgresContents): boolean {
  const [, rest = ''] = /^(?:CREATE|DROP) (.*)$/.exec(tag) ?? [];
  const kinds = KINDS[rest];
  return kinds === undefined || objects.some(({ kind }) => kinds.includes(kind));
}

/** Whether the target has anything of the dump's that would be dropped. */
function mayDrop({ objects }: PostgresContents, dependencies: readonly DependencyRow[]): boolean {
  // outside of schemas, not all objects have dependencies
  if (objects.some(({ kind, schema }) => schema === null && kind !== 'SCHEMA')) return true;
  const dumped = new Set(
    objects.map(({ kind, schema, table, name }) =>
      keyOfEntry({
        desc: kind,
        namespace: schema ?? '',
        tag: table === null || kind === 'INDEX' ? name : `${table} ${name}`,
      }),
    ),
  );
  return dependencies.some(
    ({ kind, names, args }) =>
      kind !== null && keysOfObject({ kind, names: names ?? [], args: args ?? [] }).some((key) => dumped.has(key)),
  );
}
