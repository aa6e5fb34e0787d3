/** The rights that the PostgreSQL user of a restore needs. Pure: the facts are read elsewhere. */
import type { Right } from '../../rights.ts';

/** The role's rights on the whole server. */
export interface ServerFacts {
  superuser: boolean;
  /** Whether it is a member of a managed service's administrators, who have many of a superuser's rights. */
  managed_admin: boolean;
  createdb: boolean;
  may_terminate: boolean;
  /**
   * Whether a temporary role has to load dumps, because the user has more rights than an owner and the connection isn't
   * trusted.
   */
  needs_role: boolean;
  may_make_roles: boolean;
}

/** The role's rights in an existing database. */
export interface DatabaseFacts {
  may_create: boolean;
  /** Null if no schema has that name. */
  may_create_in_public: boolean | null;
  /**
   * The number of objects that the role doesn't own, directly or through another role. Objects of extensions don't
   * count.
   */
  foreign_objects: number;
  /** One of these objects, as an example. */
  foreign_object: string | null;
}

const CREATE_ON_DATABASE = 'CREATE on database';
const CREATE_ON_PUBLIC = 'CREATE on schema public';
const OWNERSHIP = 'ownership of the objects';

/** The properties of a database. */
export type DatabaseState = 'missing' | 'no entry' | DatabaseFacts;

/** @param database null if only the server is asked about. */
export function postgresRights(server: ServerFacts, database: { name: string; state: DatabaseState } | null): Right[] {
  return [
    ...(database === null ? [] : inDatabase(database.name, database.state)),
    ...onServer(server, database?.state),
  ];
}

/**
 * Whether some dumps don't need this right, because they have no schemas, only tables in public, or objects with the
 * same names.
 */
export function dependsOnDump({ right }: Pick<Right, 'right'>): boolean {
  return [CREATE_ON_DATABASE, CREATE_ON_PUBLIC, OWNERSHIP].some((start) => right.startsWith(start));
}

function inDatabase(name: string, state: DatabaseState): Right[] {
  if (state === 'missing') return [];
  const connect = { right: `CONNECT on database ${name}`, required: true, needed_for: 'restoring into it' };
  if (state === 'no entry') return [{ ...connect, granted: false }];
  const { may_create, may_create_in_public, foreign_objects, foreign_object } = state;
  const examples = foreign_objects === 0 ? '' : `: ${foreign_objects} belong to others, such as ${foreign_object}`;
  return [
    { ...connect, granted: true },
    {
      right: `${CREATE_ON_DATABASE} ${name}`,
      granted: may_create,
      required: true,
      needed_for: 'the schemas and extensions of a dump',
    },
    ...(may_create_in_public === null
      ? []
      : [
          {
            right: `${CREATE_ON_PUBLIC} of ${name}`,
            granted: may_create_in_public,
            required: true,
            needed_for: 'tables and everything else in it',
          },
        ]),
    {
      right: `${OWNERSHIP} in ${name}`,
      granted: foreign_objects === 0,
      required: true,
      needed_for: `replacing those that a dump has too${examples}`,
    },
  ];
}

function onServer(server: ServerFacts, state: DatabaseState | undefined): Right[] {
  const { superuser, managed_admin, createdb, may_terminate, needs_role, may_make_roles } = server;
  const role = {
    right: 'CREATEROLE',
    granted: may_make_roles,
    required: true,
    needed_for: "loading dumps as a temporary role, without this user's rights beyond the database",
  };
  return [
    ...(needs_role ? [role] : []),
    {
      right: 'CREATEDB',
      granted: superuser || createdb,
      required: state === 'missing',
      needed_for: 'restoring into a database that does not exist yet',
    },
    {
      right: 'EXECUTE on pg_terminate_backend',
      granted: may_terminate,
      required: false,
      needed_for: 'ending the session of a restore that was cancelled at once',
    },
    {
      right: 'SUPERUSER, or its equivalent on a managed service',
      granted: superuser || managed_admin,
      required: false,
      needed_for:
        'keeping the owners of objects, which otherwise belong to this user, and creating extensions that are not trusted, ' +
        'which otherwise have to exist beforehand',
    },
  ];
}
