/** Names in a dump that the target already uses, or considers the same as another name. */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { ConstraintNames } from '../../../../formats/mysql-dump/rewrite/constraint-names.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { MYSQL_FAMILY } from '../mysql-family.ts';
import { folds, listed, type MysqlServerFacts } from './facts.ts';

/** @param isWhole whether these are all of the dump's contents. If not, more may come later */
export function names(contents: MysqlContents, server: MysqlServerFacts, isWhole: boolean): Finding[] {
  const ofAll = isWhole ? [takenTriggers, takenConstraints, missingParents] : [];
  return [foldedNames, takenNames, ...ofAll].flatMap((rule) => rule(contents, server));
}

/** Names that must be unique in the database: those of constraints of tables that the dump doesn't replace. */
export function constraintNames(contents: MysqlContents | undefined, server: MysqlServerFacts): ConstraintNames {
  const { foreignKeysPerTable, checksPerTable } = namesPerTable(server);
  const comparable = comparableTo(server);
  const replaced = new Set(contents?.tables.map(({ name }) => comparable(name)));
  const stay = contents === undefined ? [] : server.constraints.filter(({ table }) => !replaced.has(comparable(table)));
  const ofKind = (wanted: 'foreign key' | 'check') =>
    new Set(stay.filter(({ kind }) => kind === wanted).map(({ name }) => name.toLowerCase()));
  return {
    foreignKeys: foreignKeysPerTable ? undefined : ofKind('foreign key'),
    checks: checksPerTable ? undefined : ofKind('check'),
  };
}

function namesPerTable({ dbType, variables }: MysqlServerFacts) {
  const [major = 0, minor = 0] = (variables.get('version') ?? '').split('.').map((part) => Number.parseInt(part, 10));
  const [sinceMajor, sinceMinor] = MYSQL_FAMILY[dbType].foreignKeysPerTable ?? [Number.POSITIVE_INFINITY, 0];
  return {
    foreignKeysPerTable: major > sinceMajor || (major === sinceMajor && minor >= sinceMinor),
    checksPerTable: MYSQL_FAMILY[dbType].checksPerTable,
  };
}

/** The restore gives these other names. */
function takenConstraints(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  const { foreignKeys, checks } = constraintNames(contents, server);
  const taken = { foreignKeys: foreignKeys && new Set(foreignKeys), checks: checks && new Set(checks) };
  const renamed: string[] = [];
  const take = (names: Set<string> | undefined, name: string | null, what: string) => {
    if (names === undefined || name === null) return;
    if (names.has(name.toLowerCase())) renamed.push(what);
    names.add(name.toLowerCase());
  };
  for (const { name: table, foreign_keys, checks } of contents.tables) {
    for (const { name } of foreign_keys) take(taken.foreignKeys, name, `foreign key ${name} of table ${table}`);
    for (const name of checks) take(taken.checks, name, `check ${name} of table ${table}`);
  }
  if (renamed.length === 0) return [];
  return [
    {
      id: 'mysql-constraint-renamed',
      message: `constraints have names that database ${server.database} can only have once, and are restored under others: ${listed(renamed)}`,
    },
  ];
}

/** With the checks off, as in dumps, a server accepts a foreign key to a table that doesn't exist. */
function missingParents({ tables, views }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const comparable = comparableTo(server);
  const there = new Set([...tables, ...views, ...server.before].map(({ name }) => comparable(name)));
  const lacking = tables.flatMap(({ name, foreign_keys }) =>
    foreign_keys
      .filter(({ parent }) => parent.schema === null && !there.has(comparable(parent.name)))
      .map(({ parent }) => `${name} (to ${parent.name})`),
  );
  if (lacking.length === 0) return [];
  return [
    {
      id: 'mysql-parent-missing',
      message: `foreign keys refer to tables that neither the dump nor database ${server.database} has: ${listed(lacking)}`,
    },
  ];
}

function comparableTo(server: MysqlServerFacts): (name: string) => string {
  return folds(server) ? (name) => name.toLowerCase() : (name) => name;
}

function foldedNames({ tables, views, sequences }: MysqlContents, server: MysqlServerFacts): Finding[] {
  if (!folds(server)) return [];
  const names = [...tables, ...views, ...sequences].map(({ name }) => name);
  const alike = [...Map.groupBy(names, (name) => name.toLowerCase()).values()].filter((some) => some.length > 1);
  return alike.map((some) => ({
    id: 'mysql-names-fold',
    message: `the dump has both ${some.map(quoteName).join(' and ')}, which this server treats as the same name (lower_case_table_names)`,
  }));
}

/**
 * DROP TABLE doesn't drop a view, and DROP VIEW doesn't drop a table, so the name is still in use when the dump creates
 * its object.
 */
function takenNames({ tables, views, sequences }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const comparable = comparableTo(server);
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

/** A trigger is dropped with its table, but a trigger's name must be unique in the whole database. */
function takenTriggers({ tables, triggers }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const comparable = comparableTo(server);
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
