import type { Preview } from '../../backups/schemas.ts';

/** Combines the previews for the databases of one request, all on one server. A finding about one database names it. */
export function mergedPreview([first, ...others]: readonly [Preview, ...Preview[]]): Preview {
  if (others.length === 0) return first;
  const all = [first, ...others];
  const sum = (of: (preview: Preview) => number) => all.reduce((total, preview) => total + of(preview), 0);
  const distinct = (lines: string[]) => [...new Set(lines)];
  const answers = all.map(({ database_exists }) => database_exists);
  return {
    ...first,
    target: { ...first.target, database: all.map(({ target }) => target.database).join(', ') },
    database_exists: answers.includes(null) ? null : answers.includes(true),
    overwritten: {
      exact: all.every(({ overwritten }) => overwritten.exact),
      tables: all.flatMap(({ target, overwritten }) =>
        overwritten.tables.map((table) => ({ ...table, name: `${target.database}: ${table.name}` })),
      ),
      table_count: sum(({ overwritten }) => overwritten.table_count),
      rows_estimated: sum(({ overwritten }) => overwritten.rows_estimated),
      bytes: sum(({ overwritten }) => overwritten.bytes),
    },
    connected: all.flatMap(({ connected }) => connected),
    rights: all
      .flatMap(({ rights }) => rights)
      .filter(
        (right, index, rights) => rights.findIndex((one) => JSON.stringify(one) === JSON.stringify(right)) === index,
      ),
    findings: all.flatMap(({ findings }) => findings),
    obstacles: distinct(all.flatMap(({ obstacles }) => obstacles)),
    warnings: distinct(all.flatMap(({ warnings }) => warnings)),
  };
}
