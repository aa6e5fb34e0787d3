/** What the user of a PostgreSQL connection may do besides owning the database that it restores into. Only reads. */
import type pg from 'pg';

export interface Powers {
  user: string;
  superuser: boolean;
  /** Whether it may create a role for a restore. */
  mayMakeRoles: boolean;
  /** What a function in a dump could use outside the target, in words; empty if the user is only an owner. */
  list: string[];
}

interface Row {
  user: string;
  superuser: boolean;
  createrole: boolean;
  replication: boolean;
  roles: string[];
}

/** The administrators of RDS, Cloud SQL, AlloyDB and Azure count as predefined roles. */
const POWERS_SQL = `
  SELECT r.rolname AS "user", r.rolsuper AS superuser, r.rolcreaterole AS createrole, r.rolreplication AS replication,
         ARRAY(SELECT o.rolname::pg_catalog.text FROM pg_catalog.pg_roles o
                WHERE o.oid <> r.oid AND o.rolname <> 'pg_database_owner' AND pg_catalog.pg_has_role(o.oid, 'MEMBER')
                  AND (o.rolname ~ '^pg_' OR o.rolsuper OR o.rolcreaterole OR o.rolreplication
                       OR o.rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'alloydbsuperuser', 'azure_pg_admin'))
                ORDER BY 1) AS roles
    FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER`;

export async function postgresPowers(client: pg.ClientBase): Promise<Powers> {
  const { rows } = await client.query<Row>(POWERS_SQL);
  const { user, superuser, createrole, replication, roles } = rows[0] as Row;
  const list = superuser
    ? ['is a superuser']
    : [
        ...(createrole ? ['has CREATEROLE'] : []),
        ...(replication ? ['has REPLICATION'] : []),
        ...(roles.length > 0 ? [`is a member of ${roles.join(', ')}`] : []),
      ];
  return { user, superuser, mayMakeRoles: superuser || createrole, list };
}
