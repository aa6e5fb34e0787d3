/** Reads the facts for a preflight of PostgreSQL from the server. Writes nothing, and locks nothing. */
import type pg from 'pg';
import type {
  DatabaseText,
  EventTrigger,
  ExtensionFact,
  ForeignObject,
  LockHolder,
  Neighbours,
  PostgresServerFacts,
  ReplicationSlot,
  RoleFact,
  SessionSettings,
  Standby,
} from '../rules/preflight/facts.ts';
import { serverRoom } from './room.ts';
import { postgresLocale } from './target.ts';

export interface Asked {
  database: string;
  /** Whether the session is in that database. If not, the database doesn't exist. */
  exists: boolean;
  /** Whether a role that is created for the restore loads the dump. */
  byRole: boolean;
}

const TIME_LIMITS = [
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'transaction_timeout',
];

/**
 * Reads the settings that the session had when it began, so call this before any is changed.
 * @param exists whether the session is in the target's database
 */
export async function readSessionSettings(client: pg.ClientBase, exists: boolean): Promise<SessionSettings> {
  const { rows } = await client.query<{ name: string; value: string; source: string }>(
    `SELECT name, pg_catalog.current_setting(name) AS value, source FROM pg_catalog.pg_settings
      WHERE name = ANY ($1)`,
    [[...TIME_LIMITS, 'default_transaction_read_only', 'default_tablespace']],
  );
  // a database that doesn't exist yet has no settings of its own
  const known = rows.filter(({ source }) => exists || !/database/.test(source));
  const readOnly = known.find(({ name, value }) => name === 'default_transaction_read_only' && value === 'on');
  const timeLimits = known.filter(({ name, value }) => TIME_LIMITS.includes(name) && value !== '0');
  return {
    readOnlyFrom: readOnly?.source,
    defaultTablespace: known.find(({ name }) => name === 'default_tablespace')?.value ?? '',
    timeLimits: TIME_LIMITS.flatMap((name) => timeLimits.filter((one) => one.name === name)).map(({ name, value }) => ({
      name,
      value,
    })),
  };
}

// for the administrators of RDS, Cloud SQL, AlloyDB and Azure, rolsuper is false
const USER_SQL = `
  SELECT r.rolname::pg_catalog.text AS "user", r.rolsuper AS superuser, pg_catalog.pg_is_in_recovery() AS standby,
         pg_catalog.current_setting('server_version_num')::int / 10000 AS major,
         EXISTS (SELECT FROM pg_catalog.pg_roles m
                  WHERE m.rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'alloydbsuperuser', 'azure_pg_admin')
                    AND pg_catalog.pg_has_role(m.oid, 'USAGE')) AS "managedAdmin",
         pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS "mayCreate",
         pg_catalog.current_setting('max_locks_per_transaction')::int
           * (pg_catalog.current_setting('max_connections')::int
              + pg_catalog.current_setting('max_prepared_transactions')::int) AS locks
    FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER`;

interface User {
  user: string;
  superuser: boolean;
  standby: boolean;
  major: number;
  managedAdmin: boolean;
  mayCreate: boolean;
  locks: number;
}

/** @param settings read before any was changed */
export async function readServerFacts(
  client: pg.ClientBase,
  { database, exists, byRole }: Asked,
  settings: SessionSettings,
): Promise<PostgresServerFacts> {
  const { rows } = await client.query<User>(USER_SQL);
  const { locks, mayCreate, ...user } = rows[0] as User;
  const { freeSessions } = await serverRoom(client, database);
  return {
    ...{ database, exists, byRole, settings, ...user },
    eventTriggers: exists ? await eventTriggersOf(client, byRole) : [],
    roles: await rolesOf(client, user.major),
    extensions: await extensionsOf(client, exists),
    mayCreate: !exists || mayCreate,
    schemas: exists ? await mayCreateIn(client, SCHEMAS_SQL) : new Map(),
    tablespaces: await mayCreateIn(client, TABLESPACES_SQL),
    foreign: exists ? (await client.query<ForeignObject>(FOREIGN_SQL)).rows : [],
    domains: exists ? await domainsOf(client) : new Set(),
    text: exists ? await textOf(client) : undefined,
    room: { freeSessions, locks },
    neighbours: await neighboursOf(client, exists, user.standby),
  };
}

/**
 * A function that refuses a statement raises an error, in the languages that are read here, or calls one that does; and a
 * role that is made for the restore ($1) has no rights on what functions write. Lines that begin with -- are left
 * out.
 */
const EVENT_TRIGGERS_SQL = `
  WITH RECURSIVE own AS (
    SELECT e.* FROM pg_catalog.pg_event_trigger e
     WHERE e.evtenabled <> 'D' AND e.evtevent IN ('ddl_command_start', 'ddl_command_end', 'sql_drop')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                        WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND d.deptype = 'e')
  ), called AS (
    SELECT oid AS trigger, evtfoid AS routine, false AS definer FROM own
     UNION
    SELECT c.trigger, q.oid, c.definer OR p.prosecdef
      FROM called c JOIN pg_catalog.pg_proc p ON p.oid = c.routine
     CROSS JOIN LATERAL (
       SELECT DISTINCT pg_catalog.unnest(m) AS name
         FROM pg_catalog.regexp_matches(pg_catalog.regexp_replace(p.prosrc, '^\\s*--.*$', '', 'gn'),
                                        '([^\\s"().,;:=<>+*/|-]+)"?\\s*\\(', 'g') m) w
      JOIN pg_catalog.pg_proc q ON q.proname IN (w.name, pg_catalog.lower(w.name)) AND q.oid >= 16384
  ), code AS (
    SELECT c.trigger, c.definer OR p.prosecdef AS definer, l.lanname AS language, p.oid = o.evtfoid AS first,
           pg_catalog.regexp_replace(p.prosrc, '^\\s*--.*$', '', 'gn') AS text
      FROM called c JOIN own o ON o.oid = c.trigger JOIN pg_catalog.pg_proc p ON p.oid = c.routine
      JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  )
  SELECT e.evtname::pg_catalog.text AS name, e.evtenabled IN ('A', 'R') AS always,
         e.evttags AS tags, e.evtevent = 'sql_drop' AS "onDrop",
         (SELECT pg_catalog.bool_or(
                   -- functions of extensions in C are called for their results
                   c.language NOT IN ('plpgsql', 'sql') AND (c.first OR c.language NOT IN ('c', 'internal'))
                   OR c.language = 'plpgsql' AND c.text ~* '\\m(assert|raise(?!\\s+(debug|log|info|notice|warning)\\M))\\M'
                   OR $1 AND NOT c.definer AND c.text ~* '\\m(insert|update|delete|merge|execute)\\M')
            FROM code c WHERE c.trigger = e.oid) AS "mayRefuse"
    FROM own e ORDER BY 1`;

async function eventTriggersOf(client: pg.ClientBase, byRole: boolean): Promise<EventTrigger[]> {
  return (await client.query<EventTrigger>(EVENT_TRIGGERS_SQL, [byRole])).rows;
}

/** Since 16, membership of a role doesn't include the right to set that role. */
const SET_ROLE_SINCE = 16;

async function rolesOf(client: pg.ClientBase, major: number): Promise<Map<string, RoleFact>> {
  const right = major >= SET_ROLE_SINCE ? 'SET' : 'MEMBER';
  const { rows } = await client.query<RoleFact & { name: string }>(
    `SELECT rolname::pg_catalog.text AS name, pg_catalog.pg_has_role(oid, '${right}') AS "mayOwn", rolsuper AS superuser
       FROM pg_catalog.pg_roles`,
  );
  return new Map(rows.map(({ name, mayOwn, superuser }) => [name, { mayOwn, superuser }]));
}

/** The column `trusted` was added in PostgreSQL 13. */
const EXTENSIONS_SQL = `
  SELECT coalesce(a.name, e.extname)::pg_catalog.text AS name, a.name IS NOT NULL AS available,
         EXISTS (SELECT FROM pg_catalog.pg_available_extension_versions v
                  WHERE v.name = a.name AND v.version = a.default_version
                    AND (pg_catalog.to_jsonb(v) ->> 'trusted')::boolean) AS trusted,
         n.nspname::pg_catalog.text AS schema, pg_catalog.pg_has_role(e.extowner, 'USAGE') AS "mayDrop"
    FROM pg_catalog.pg_available_extensions a
    FULL JOIN pg_catalog.pg_extension e ON e.extname = a.name
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`;

interface ExtensionRow {
  name: string;
  available: boolean;
  trusted: boolean;
  schema: string | null;
  mayDrop: boolean | null;
}

async function extensionsOf(client: pg.ClientBase, exists: boolean): Promise<Map<string, ExtensionFact>> {
  const { rows } = await client.query<ExtensionRow>(EXTENSIONS_SQL);
  return new Map(
    rows.map(({ name, available, trusted, schema, mayDrop }) => {
      const installed = exists && schema !== null ? { schema, mayDrop: mayDrop === true } : undefined;
      return [name, { available, trusted, installed }];
    }),
  );
}

const SCHEMAS_SQL = `
  SELECT nspname::pg_catalog.text AS name, pg_catalog.has_schema_privilege(oid, 'CREATE') AS may
    FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`;
const TABLESPACES_SQL = `
  SELECT spcname::pg_catalog.text AS name, pg_catalog.has_tablespace_privilege(oid, 'CREATE') AS may
    FROM pg_catalog.pg_tablespace`;

async function mayCreateIn(client: pg.ClientBase, sql: string): Promise<Map<string, boolean>> {
  const { rows } = await client.query<{ name: string; may: boolean }>(sql);
  return new Map(rows.map(({ name, may }) => [name, may]));
}

/**
 * Of each catalog whose objects have owners: the columns of the owner and the schema, which of its objects count, and for
 * those that are many, their kind and name: the server's own functions that tell both take long.
 */
const OWNED: readonly [catalog: string, owner: string, schema: string, which: string, kind?: string, name?: string][] =
  [
    [
      ...(['pg_class', 'relowner', 'relnamespace', "relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"] as const),
      `CASE relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
                  WHEN 'S' THEN 'sequence' ELSE 'table' END`,
      'relname',
    ],
    ['pg_proc', 'proowner', 'pronamespace', 'true'],
    ['pg_type', 'typowner', 'typnamespace', "typtype IN ('d', 'e', 'r')", "'type'", 'typname'],
    ['pg_namespace', 'nspowner', 'NULL::oid', "nspname <> 'public' AND nspname !~ '^pg_'"],
    ['pg_collation', 'collowner', 'collnamespace', 'true'],
    ['pg_conversion', 'conowner', 'connamespace', 'true'],
    ['pg_opclass', 'opcowner', 'opcnamespace', 'true'],
    ['pg_opfamily', 'opfowner', 'opfnamespace', 'true'],
    ['pg_ts_dict', 'dictowner', 'dictnamespace', 'true'],
    ['pg_ts_config', 'cfgowner', 'cfgnamespace', 'true'],
    ['pg_statistic_ext', 'stxowner', 'stxnamespace', 'true'],
    ['pg_foreign_server', 'srvowner', 'NULL::oid', 'true'],
    ['pg_publication', 'pubowner', 'NULL::oid', 'true'],
  ];

const FOREIGN_SQL = `
  SELECT coalesce(o.kind, a.type) AS kind, coalesce(a.object_args, '{}') AS args, r.rolname::pg_catalog.text AS owner,
         CASE WHEN o.kind IS NOT NULL THEN pg_catalog.format('%I.%I', n.nspname, o.name)
              ELSE coalesce(i.identity, pg_catalog.format('%I.%I(%s)', a.object_names[1], a.object_names[2],
                                                          pg_catalog.array_to_string(a.object_args, ','))) END AS identity,
         coalesce(pg_catalog.pg_has_role(n.nspowner, 'USAGE'), false) AS "mayDrop",
         CASE WHEN o.kind IS NULL THEN a.object_names ELSE ARRAY[n.nspname::pg_catalog.text, o.name::pg_catalog.text] END AS names
    FROM (${OWNED.map(
      ([catalog, owner, schema, which, kind = 'NULL::pg_catalog.text', name = 'NULL::pg_catalog.name']) => `
          SELECT 'pg_catalog.${catalog}'::pg_catalog.regclass AS class, oid, ${owner} AS owner, ${schema} AS schema,
                 ${kind} AS kind, ${name} AS name
            FROM pg_catalog.${catalog} WHERE ${which} AND oid >= 16384 AND NOT pg_catalog.pg_has_role(${owner}, 'USAGE')`,
    ).join(' UNION ALL ')}
         ) o
    JOIN pg_catalog.pg_roles r ON r.oid = o.owner
    LEFT JOIN LATERAL pg_catalog.pg_identify_object_as_address(o.class, o.oid, 0) a ON o.kind IS NULL
    LEFT JOIN LATERAL pg_catalog.pg_identify_object(o.class, o.oid, 0) i
      ON o.kind IS NULL AND o.class <> 'pg_catalog.pg_proc'::pg_catalog.regclass
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.schema
   ORDER BY 4`;

const DOMAINS_SQL = `
  SELECT n.nspname::pg_catalog.text AS schema, t.typname::pg_catalog.text AS name
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
   WHERE t.typtype = 'd' AND t.oid >= 16384`;

async function domainsOf(client: pg.ClientBase): Promise<Set<string>> {
  const { rows } = await client.query<{ schema: string; name: string }>(DOMAINS_SQL);
  return new Set(rows.map(({ schema, name }) => JSON.stringify([schema, name])));
}

const TEXT_SQL = `
  SELECT pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text AS encoding,
         ARRAY(SELECT DISTINCT pg_catalog.pg_encoding_to_char(c.conforencoding)::pg_catalog.text
                 FROM pg_catalog.pg_conversion c WHERE c.contoencoding = d.encoding AND c.condefault) AS convertible
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

async function textOf(client: pg.ClientBase): Promise<DatabaseText> {
  const { rows } = await client.query<{ encoding: string; convertible: string[] }>(TEXT_SQL);
  const { encoding = '', convertible = [] } = rows[0] ?? {};
  return { encoding, convertible: new Set(convertible), locale: await postgresLocale(client) };
}

/**
 * A prepared transaction has no process: the lock on its transaction id leads to its other locks. The server's own
 * workers have no user.
 */
const HOLDERS_SQL = `
  SELECT DISTINCT n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name,
         CASE WHEN x.gid IS NULL THEN l.pid END AS pid,
         coalesce(x.owner, a.usename)::pg_catalog.text AS "user", a.application_name AS application,
         x.gid, x.prepared::pg_catalog.text AS since
    FROM pg_catalog.pg_locks l
    JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
    LEFT JOIN pg_catalog.pg_locks o
      ON l.pid IS NULL AND o.pid IS NULL AND o.locktype = 'transactionid' AND o.virtualtransaction = l.virtualtransaction
    LEFT JOIN pg_catalog.pg_prepared_xacts x ON x.transaction = o.transactionid
   WHERE l.locktype = 'relation' AND l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
     AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
     AND (x.gid IS NOT NULL OR a.usename IS NOT NULL)
   ORDER BY 1, 2, 3`;
const SLOTS_SQL = `
  SELECT slot_name::pg_catalog.text AS name, active,
         coalesce(slot_type = 'logical' AND database = pg_catalog.current_database(), false) AS "ofDatabase",
         coalesce(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn), 0)::float8 AS "keptBytes"
    FROM pg_catalog.pg_replication_slots WHERE restart_lsn IS NOT NULL ORDER BY 1`;
/** If the user may not read all statistics, only the process of other users' sessions is visible. */
const STANDBYS_SQL = `
  SELECT coalesce(nullif(application_name, ''), pg_catalog.host(client_addr), pid::pg_catalog.text) AS name,
         pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), replay_lsn)::float8 AS "behindBytes"
    FROM pg_catalog.pg_stat_replication WHERE replay_lsn IS NOT NULL ORDER BY 1`;

interface HolderRow extends Omit<LockHolder, 'prepared'> {
  gid: string | null;
  since: string | null;
}

async function neighboursOf(client: pg.ClientBase, exists: boolean, standby: boolean): Promise<Neighbours> {
  const holders = exists ? (await client.query<HolderRow>(HOLDERS_SQL)).rows : [];
  return {
    holders: holders.map(({ gid, since, ...holder }) => ({
      ...holder,
      prepared: gid === null ? null : { gid, since: since ?? '' },
    })),
    // a standby has no position of its own to compare with
    slots: standby ? [] : (await client.query<ReplicationSlot>(SLOTS_SQL)).rows,
    standbys: standby ? [] : (await client.query<Standby>(STANDBYS_SQL)).rows,
  };
}
