/** Names of a dump that the target already uses, or takes for one. */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { folds, type MysqlServerFacts } from './facts.ts';

export function names(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  return [foldedNames, takenNames, takenTriggers].flatMap((rule) => rule(contents, server));
}

function foldedNames({ tables, views, sequences }: MysqlContents, server: MysqlServerFacts): Finding[] {
  if (!folds(server)) return [];
  const names = [...tables, ...views, ...sequences].map(({ name }) => name);
  const alike = [...Map.groupBy(names, (name) => name.toLowerCase()).values()].filter((some) => some.length > 1);
  return alike.map((some) => ({
    id: 'mysql-names-fold',
    message: `the dump has both ${some.map(quoteName).join(' and ')}, which are one name to this server (lower_case_table_names)`,
  }));
}

/** DROP TABLE leaves a view, and DROP VIEW a table: what the dump makes then finds its name taken. */
function takenNames({ tables, views, sequences }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const comparable = (name: string) => (folds(server) ? name.toLowerCase() : name);
  const wanted = new Map([
    ...tables.map(({ name }) => [comparable(name), 'table'] as const),
    ...views.map(({ name }) => [comparable(name), 'view'] as const),
    ...sequences.map(({ name }) => [comparable(name), 'sequence'] as const),
  ]);
  return server.before.flatMap(({ kind, name }): Finding[] => {
    const other = wanted.get(comparable(name));
    if (other === undefined || other === kind) return [];
    return [
      {
        id: 'mysql-name-taken',
        message: `${kind} ${name} of database ${server.database} has the name of a ${other} in the dump`,
        statement: `DROP ${kind.toUpperCase()} ${quoteName(server.database)}.${quoteName(name)};`,
      },
    ];
  });
}

/** A trigger goes with its table, and the names of triggers are the database's. */
function takenTriggers({ tables, triggers }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const comparable = (name: string) => (folds(server) ? name.toLowerCase() : name);
  const replaced = new Set(tables.map(({ name }) => comparable(name)));
  const wanted = new Set(triggers.map(({ name }) => name.toLowerCase()));
  return server.triggers.flatMap(({ name, table }): Finding[] => {
    if (!wanted.has(name.toLowerCase()) || replaced.has(comparable(table))) return [];
    return [
      {
        id: 'mysql-trigger-taken',
        message: `trigger ${name} of table ${table} in database ${server.database} has the name of one in the dump`,
        statement: `DROP TRIGGER ${quoteName(server.database)}.${quoteName(name)};`,
      },
    ];
  });
}
