/** What a dump needs and the connection's user may not do, and the roles and extensions that the server lacks. */
import type { PostgresContents, PostgresObject } from '../../../../formats/dump-contents.ts';
import { alteredAs } from '../../../../formats/pg-dump/archive/owned-objects.ts';
import { keyOfEntry, keysOfObject } from '../../../../formats/pg-dump/archive/toc-key.ts';
import type { Finding } from '../../../preflight/findings.ts';
import type { DependencyRow } from '../dependents-query.ts';
import type { PostgresServerFacts } from './facts.ts';
import { ident, joined, listed, literal } from './words.ts';

/** Kinds that need CREATE on the database: schemas, and kinds that are in no schema. */
const OF_THE_DATABASE = ['SCHEMA', 'PUBLICATION'];
/** Kinds that are in a schema themselves, not through another object. */
const OWN_PLACE = (object: PostgresObject) => object.schema !== null && object.table === null;
/** Every database has it, whatever the dump says about it. */
const PUBLIC = 'public';

/** @param dependencies between the objects of the target */
export function rightFindings(
  contents: PostgresContents,
  server: PostgresServerFacts,
  dependencies: readonly DependencyRow[],
): Finding[] {
  return [
    ...extensions(contents, server),
    ...missingRoles(contents, server),
    ...otherOwners(contents, server),
    ...foreignObjects(contents, server, dependencies),
    ...createRights(contents, server),
    ...superuserOnly(contents, server),
    ...tablespaces(contents, server),
    ...subscriptions(contents),
  ];
}

/** If nothing in the dump needs an extension that can't be created, that is only a warning. */
function extensions(contents: PostgresContents, server: PostgresServerFacts): Finding[] {
  const needed = new Set(contents.needed_extensions ?? []);
  const schemas = contents.objects.filter(({ kind, name }) => kind === 'SCHEMA' && name !== PUBLIC);
  const replaced = new Set(schemas.map(({ name }) => name));
  return contents.extensions.flatMap((name): Finding[] => {
    const { available = false, trusted = false, installed } = server.extensions.get(name) ?? {};
    const isNeeded = needed.has(name);
    // without the right to drop it, it isn't changed
    if (installed !== undefined && !installed.mayDrop) {
      if (replaced.has(installed.schema)) {
        return [
          {
            id: 'postgres-extension-in-schema',
            message: `the extension ${name} lies in the schema ${installed.schema}, which the dump replaces, and ${server.user} may not drop it`,
          },
        ];
      }
      const schema = contents.extension_schemas?.[name];
      if (!isNeeded || schema === undefined || schema === installed.schema) return [];
      return [
        {
          id: 'postgres-extension-elsewhere',
          message: `the extension ${name} is in the schema ${installed.schema}, where ${server.user} has to leave it, and objects of the dump need it in ${schema}`,
          statement: `CREATE SCHEMA IF NOT EXISTS ${ident(schema)}; ALTER EXTENSION ${ident(name)} SET SCHEMA ${ident(schema)};`,
        },
      ];
    }
    if (!available) {
      return [
        {
          id: isNeeded ? 'postgres-extension-missing' : 'postgres-extension-left-out',
          message: isNeeded
            ? `the server lacks the extension ${name}, which objects of the dump need`
            : `the server lacks the extension ${name}: the restore fails on whatever needs it`,
        },
      ];
    }
    if (server.superuser || server.managedAdmin || trusted) return [];
    return [
      {
        id: isNeeded ? 'postgres-extension-untrusted' : 'postgres-extension-left-out',
        message: `only a superuser may create the extension ${name}, and ${server.user} is none`,
        statement: installed === undefined ? createExtension(name) : undefined,
      },
    ];
  });
}

function createExtension(name: string): string {
  return `CREATE EXTENSION ${ident(name)} CASCADE;`;
}

/** Without the owners of objects that are never sent, such as the database's own owner. */
function ownersIn({ objects }: PostgresContents): Set<string> {
  return new Set(objects.flatMap(({ kind, owner }) => (owner === null || kind === 'SUBSCRIPTION' ? [] : owner)));
}

function missingRoles(contents: PostgresContents, { roles }: PostgresServerFacts): Finding[] {
  const owners = [...ownersIn(contents)].filter((name) => !roles.has(name)).sort();
  const granted = contents.granted_roles.filter((name) => !roles.has(name));
  const all = [...new Set([...owners, ...granted])];
  if (all.length === 0) return [];
  const parts = [
    ...(owners.length > 0 ? [`as owners ${listed(owners)}`] : []),
    ...(granted.length > 0 ? [`in grants and policies ${listed(granted)}`] : []),
  ];
  return [
    {
      id: 'postgres-roles-missing',
      message: `the server lacks roles that the dump names: ${parts.join('; ')}`,
      statement: joined(all.map((name) => `CREATE ROLE ${ident(name)};`)),
    },
  ];
}

function otherOwners(contents: PostgresContents, { roles, user }: PostgresServerFacts): Finding[] {
  const owners = [...ownersIn(contents)].filter((name) => roles.get(name)?.mayOwn === false).sort();
  if (owners.length === 0) return [];
  // don't suggest making the user a superuser only to set an owner
  const joinable = owners.filter((name) => roles.get(name)?.superuser === false);
  return [
    {
      id: 'postgres-owners-not-set',
      message: `${user} may not give objects to their owners in the dump: ${listed(owners)}`,
      statement: joined(joinable.map((name) => `GRANT ${ident(name)} TO ${ident(user)};`)),
    },
  ];
}

/** What only a table's owner may drop by itself, if it is there. Indexes go with the table, and so do keys. */
const DROPPED_BY_OWNER = ['TRIGGER', 'RULE', 'POLICY', 'FK CONSTRAINT'];
/** ALTER TABLE drops them, and is refused even if there is none. */
const ALTERED_BY_OWNER = ['DEFAULT'];
/** Plain SQL may not fail to drop keys either. */
const ALTERED_IN_SQL = [...ALTERED_BY_OWNER, 'CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT'];

/** Tables whose rows would stay, so that the backup's rows would be added to them. */
function foreignObjects(
  contents: PostgresContents,
  { foreign, user, database, byRole }: PostgresServerFacts,
  dependencies: readonly DependencyRow[],
): Finding[] {
  const { objects, format } = contents;
  const replaced = new Map(
    objects
      .filter(({ table }) => table === null)
      .map((object) => [keyOfEntry({ desc: object.kind, namespace: object.schema ?? '', tag: object.name }), object]),
  );
  // the role drops plain SQL's objects itself, and has to be given each
  const bySchema = !(byRole && format === 'sql');
  const mustOwn = new OwnerDrops(contents, dependencies);
  const found = foreign.filter((object) => {
    const inDump = keysOfObject(object).flatMap((key) => replaced.get(key) ?? [])[0];
    return inDump !== undefined && !(bySchema && object.mayDrop && !mustOwn.has(inDump));
  });
  if (found.length === 0) return [];
  const named = found.map(({ kind, identity, owner }) => `${kind} ${identity} of ${owner}`);
  const statements = found.map((object) => `ALTER ${alteredAs(object)} OWNER TO ${ident(user)};`);
  return [
    {
      id: 'postgres-foreign-objects',
      message: `${user} can't replace objects that belong to others in database ${database}: ${listed(named).replaceAll(', ', '; ')}`,
      statement: joined(statements),
    },
  ];
}

/** Tables of the dump with parts that only the owner of the target's table may drop. */
class OwnerDrops {
  readonly #contents: PostgresContents;
  readonly #dependencies: readonly DependencyRow[];
  #tables: ReadonlySet<string> | undefined;

  constructor(contents: PostgresContents, dependencies: readonly DependencyRow[]) {
    this.#contents = contents;
    this.#dependencies = dependencies;
  }

  has({ schema, name }: PostgresObject): boolean {
    this.#tables ??= this.#read();
    return this.#tables.has(JSON.stringify([schema, name]));
  }

  #read(): Set<string> {
    const { objects, format } = this.#contents;
    const altered = format === 'sql' ? ALTERED_IN_SQL : ALTERED_BY_OWNER;
    const there = new Set(
      this.#dependencies.flatMap(({ kind, names, args }) =>
        kind === null ? [] : keysOfObject({ kind, names: names ?? [], args: args ?? [] }),
      ),
    );
    const parts = objects.filter(
      ({ kind, schema, table, name }) =>
        altered.includes(kind) ||
        (DROPPED_BY_OWNER.includes(kind) &&
          there.has(keyOfEntry({ desc: kind, namespace: schema ?? '', tag: `${table} ${name}` }))),
    );
    return new Set(parts.map(({ schema, table }) => JSON.stringify([schema, table])));
  }
}

/** A role that is created for the restore becomes the owner of these. */
function createRights({ objects }: PostgresContents, server: PostgresServerFacts): Finding[] {
  const { exists, byRole, mayCreate, schemas, user, database } = server;
  if (!exists || byRole) return [];
  const made = objects.filter(({ kind, name }) => OF_THE_DATABASE.includes(kind) && name !== PUBLIC);
  const makes = new Set(made.filter(({ kind }) => kind === 'SCHEMA').map(({ name }) => name));
  const used = new Set(objects.filter(OWN_PLACE).map(({ schema }) => schema as string));
  const closed = [...used].filter((name) => !makes.has(name) && schemas.get(name) === false).sort();
  return [
    ...(made.length > 0 && !mayCreate
      ? [
          {
            id: 'postgres-create-right' as const,
            message: `${user} lacks CREATE on database ${database}, which the dump needs for ${listed(made.map(({ kind, name }) => `${kind.toLowerCase()} ${name}`))}`,
            statement: `GRANT CREATE ON DATABASE ${ident(database)} TO ${ident(user)};`,
          },
        ]
      : []),
    ...(closed.length > 0
      ? [
          {
            id: 'postgres-create-right' as const,
            message: `${user} lacks CREATE on schemas of database ${database} in which the dump has objects: ${listed(closed)}`,
            statement: joined(closed.map((name) => `GRANT CREATE ON SCHEMA ${ident(name)} TO ${ident(user)};`)),
          },
        ]
      : []),
  ];
}

/** If the user has more rights but the connection isn't trusted, needs-trusted.ts reports that. */
function superuserOnly({ superuser }: PostgresContents, server: PostgresServerFacts): Finding[] {
  if (server.superuser || server.managedAdmin || superuser.length === 0) return [];
  const named = superuser.map(({ schema, name, what }) => `${schema === null ? name : `${schema}.${name}`} (${what})`);
  return [
    {
      id: 'postgres-superuser',
      message: `the dump has what only a superuser may create, and ${server.user} is none: ${listed(named)}`,
    },
  ];
}

function tablespaces(contents: PostgresContents, { tablespaces, byRole, user }: PostgresServerFacts): Finding[] {
  const missing = contents.tablespaces.filter((name) => !tablespaces.has(name));
  const closed = byRole ? [] : contents.tablespaces.filter((name) => tablespaces.get(name) === false);
  return [
    ...(missing.length > 0
      ? [
          {
            id: 'postgres-tablespace-missing' as const,
            message: `the server lacks tablespaces of the dump: ${listed(missing)}`,
            statement: joined(missing.map((name) => `CREATE TABLESPACE ${ident(name)} LOCATION ${literal('…')};`)),
          },
        ]
      : []),
    ...(closed.length > 0
      ? [
          {
            id: 'postgres-tablespace-right' as const,
            message: `${user} lacks CREATE on tablespaces of the dump: ${listed(closed)}`,
            statement: joined(closed.map((name) => `GRANT CREATE ON TABLESPACE ${ident(name)} TO ${ident(user)};`)),
          },
        ]
      : []),
  ];
}

/** They would connect to another server and read its rows. */
function subscriptions({ objects }: PostgresContents): Finding[] {
  const names = objects.filter(({ kind }) => kind === 'SUBSCRIPTION').map(({ name }) => name);
  if (names.length === 0) return [];
  return [{ id: 'postgres-subscription', message: `subscriptions of the dump are left out: ${listed(names)}` }];
}
