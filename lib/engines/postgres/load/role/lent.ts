/**
 * Objects of other owners that a dump drops are lent to the role that loads it: only an owner can drop them, and only
 * within the role's one transaction. Objects that are still there afterwards go back to their owner. The role's comment
 * records the owners, so that the next restore can give the objects back if the task was killed; the role can't change
 * its own comment.
 */
import pg from 'pg';
import { RestoreError } from '../../../../errors/errors.ts';
import { alteredAs } from '../../../../formats/pg-dump/archive/owned-objects.ts';
import { endsSession } from '../../session/session.ts';

/**
 * How long to wait for a lock: others may be working in the target. If they keep a lock for longer, someone has to ask
 * them to release it.
 */
export const LOCK_TIMEOUT = '30s';
/** SQLSTATE for a lock that could not be acquired in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/** An event trigger that the dump drops: only a superuser can own one. */
interface EventTrigger {
  name: string;
  event: string;
  tags: string[] | null;
  routine: string;
  /** The routine's oid, because a dump may have created another routine with that name. */
  oid: string;
  enabled: string;
  owner: string;
  comment: string | null;
}

/** A table's triggers that are disabled while its rows are loaded. */
interface Trigger {
  table: string;
  name: string;
  enabled: string;
}

export interface Lent {
  database: string;
  /** The catalog, the object's oid in it, and its owner's oid. */
  owners: [catalogue: string, oid: string, owner: string][];
  eventTriggers: EventTrigger[];
  triggers: Trigger[];
}

/**
 * Objects that belong to the server itself or to an extension. A database's first schema and its large objects may have
 * low numbers.
 */
const NOT_LENT = `
  objid < 16384 AND classid <> 'pg_catalog.pg_largeobject'::pg_catalog.regclass
    AND NOT (classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
             AND objid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public'))
  OR EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'e')`;

const OWNED = `
  pg_catalog.pg_shdepend d
   JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid AND r.rolname = $1
   JOIN pg_catalog.pg_database b ON b.oid = d.dbid AND b.datname = pg_catalog.current_database()
  WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.deptype = 'o'`;

/** The catalog and the owner column for each kind of object that ALTER … OWNER TO knows. */
const OWNER_COLUMNS: Readonly<Record<string, string>> = {
  ...{ pg_class: 'relowner', pg_proc: 'proowner', pg_type: 'typowner', pg_namespace: 'nspowner' },
  ...{ pg_operator: 'oprowner', pg_opclass: 'opcowner', pg_opfamily: 'opfowner', pg_collation: 'collowner' },
  ...{ pg_conversion: 'conowner', pg_ts_dict: 'dictowner', pg_ts_config: 'cfgowner' },
  ...{ pg_statistic_ext: 'stxowner', pg_foreign_server: 'srvowner', pg_publication: 'pubowner' },
};
const OWNERS_SQL = [
  ...Object.entries(OWNER_COLUMNS).map(
    ([catalogue, column]) =>
      `SELECT '${catalogue}' AS catalogue, oid::pg_catalog.text, ${column}::pg_catalog.text AS owner FROM pg_catalog.${catalogue}`,
  ),
  "SELECT 'pg_largeobject', oid::pg_catalog.text, lomowner::pg_catalog.text FROM pg_catalog.pg_largeobject_metadata",
].join(' UNION ALL ');

/**
 * Makes the role the owner of objects, and drops event triggers: either everything or nothing.
 * @param client a guarded session of the connection's user in the target
 * @param objects as ALTER names them. Missing objects are skipped, and so are those that can't be given away
 * @throws RestoreError for objects that don't belong to the target, or are locked for too long
 */
export async function lend(
  client: pg.Client,
  role: string,
  objects: readonly string[],
  eventTriggers: readonly string[],
): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    const before = await client.query<{ catalogue: string; oid: string; owner: string }>(OWNERS_SQL);
    const owners = new Map(before.rows.map(({ catalogue, oid, owner }) => [`${catalogue} ${oid}`, owner]));
    for (const object of objects) await give(client, object, role);
    const { rows } = await client.query<{ catalogue: string; oid: string; taken: boolean }>(
      `SELECT d.classid::pg_catalog.regclass::pg_catalog.text AS catalogue, d.objid::pg_catalog.text AS oid,
              ${NOT_LENT} AS taken FROM ${OWNED}`,
      [role],
    );
    if (rows.some(({ taken }) => taken)) {
      throw new RestoreError('the dump is not accepted: it drops what belongs to the server or to an extension', {
        hint: 'Restore a dump as pg_dump writes it. Find out who wrote this one.',
      });
    }
    const lent = await lentBy(client, role);
    for (const { catalogue, oid } of rows) {
      const owner = owners.get(`${catalogue} ${oid}`);
      const isNew = !lent.owners.some((one) => one[0] === catalogue && one[1] === oid);
      if (owner !== undefined && isNew) lent.owners.push([catalogue, oid, owner]);
    }
    lent.eventTriggers.push(...(await dropEventTriggers(client, eventTriggers)));
    await remember(client, role, lent);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw inUse(error);
  }
}

/**
 * Disables all triggers of a table.
 * @throws RestoreError if the table is locked for too long
 */
export async function switchTriggersOff(client: pg.Client, role: string, object: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    const { rows } = await client.query<Trigger>(
      `SELECT t.tgrelid::pg_catalog.text AS "table", t.tgname AS name, t.tgenabled AS enabled
         FROM pg_catalog.pg_trigger t WHERE t.tgrelid = pg_catalog.to_regclass($1)`,
      [object.replace(/^[A-Z ]+ (?=")/, '')],
    );
    await client.query(`ALTER ${object} DISABLE TRIGGER ALL`);
    const lent = await lentBy(client, role);
    lent.triggers.push(...rows);
    await remember(client, role, lent);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw inUse(error);
  }
}

function inUse(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) return error;
  return new RestoreError(
    `another session has locked what the dump replaces for more than ${LOCK_TIMEOUT}: ${error.message}`,
    {
      hint: 'End the sessions that work in the target database, then restore again.',
      cause: error,
    },
  );
}

/** An object that doesn't exist, or has no owner of its own, is skipped: the drop itself then says what is wrong. */
async function give(client: pg.Client, object: string, role: string): Promise<void> {
  await client.query('SAVEPOINT one');
  try {
    const text = `ALTER ${object} OWNER TO ${pg.escapeIdentifier(role)}`;
    await client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
    await client.query('RELEASE one');
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || endsSession(error) || error.code === LOCK_NOT_AVAILABLE) throw error;
    await client.query('ROLLBACK TO one');
  }
}

async function dropEventTriggers(client: pg.Client, names: readonly string[]): Promise<EventTrigger[]> {
  const { rows } = await client.query<EventTrigger>(
    `SELECT e.evtname AS name, e.evtevent AS event, e.evttags AS tags, e.evtenabled AS enabled,
            pg_catalog.format('%I.%I', n.nspname, p.proname) AS routine, p.oid::pg_catalog.text AS oid,
            pg_catalog.pg_get_userbyid(e.evtowner) AS owner, pg_catalog.obj_description(e.oid, 'pg_event_trigger') AS comment
       FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
       JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE e.evtname = ANY ($1)`,
    [names],
  );
  for (const { name } of rows) await client.query(`DROP EVENT TRIGGER ${pg.escapeIdentifier(name)}`);
  return rows;
}

/** The content of the role's comment. */
async function lentBy(client: pg.ClientBase, role: string): Promise<Lent> {
  const { rows } = await client.query<{ database: string; comment: string | null }>(
    `SELECT pg_catalog.current_database() AS database, pg_catalog.shobj_description(oid, 'pg_authid') AS comment
       FROM pg_catalog.pg_roles WHERE rolname = $1`,
    [role],
  );
  const { database = '', comment = null } = rows[0] ?? {};
  const nothing: Lent = { database, owners: [], eventTriggers: [], triggers: [] };
  if (comment === null) return nothing;
  const lent = JSON.parse(comment) as Lent;
  return lent.database === database ? lent : nothing;
}

async function remember(client: pg.ClientBase, role: string, lent: Lent | undefined): Promise<void> {
  const comment = lent === undefined ? 'NULL' : pg.escapeLiteral(JSON.stringify(lent));
  await client.query(`COMMENT ON ROLE ${pg.escapeIdentifier(role)} IS ${comment}`);
}

/**
 * Gives lent objects in this database that still exist back to their owners. Does nothing the second time.
 * @param client a guarded session of the connection's user
 * @param isLoaded whether the role's transaction was committed: then the dump has its own event triggers
 */
export async function giveBack(client: pg.ClientBase, role: string, isLoaded: boolean): Promise<void> {
  const lent = await lentBy(client, role);
  if (lent.owners.length + lent.eventTriggers.length + lent.triggers.length === 0) return;
  // if this fails, the role's comment is still true
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    // an event trigger that exists again is the dump's, with its old number
    const owners = lent.owners.filter(([catalogue]) => !(isLoaded && catalogue === 'pg_largeobject'));
    await ownersBack(client, role, owners);
    if (!isLoaded) {
      await eventTriggersBack(client, lent);
      await triggersBack(client, lent);
    }
    await remember(client, role, undefined);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** A table's sequences change their owner along with the table. */
async function ownersBack(client: pg.ClientBase, role: string, owners: Lent['owners']): Promise<void> {
  const { rows } = await client.query<{ kind: string; identity: string; owner: string }>(
    `WITH still AS MATERIALIZED (
       SELECT d.classid, d.objid, w.owner
         FROM unnest($2::pg_catalog.text[], $3::pg_catalog.oid[], $4::pg_catalog.oid[]) w (catalogue, oid, owner),
              ${OWNED.replace('WHERE', 'WHERE d.objid = w.oid AND d.classid::pg_catalog.regclass::pg_catalog.text = w.catalogue AND')})
     SELECT i.type AS kind, i.identity, o.rolname AS owner
       FROM still s JOIN pg_catalog.pg_roles o ON o.oid = s.owner
      CROSS JOIN LATERAL pg_catalog.pg_identify_object(s.classid, s.objid, 0) i
      WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend l JOIN pg_catalog.pg_class c ON c.oid = l.objid AND c.relkind = 'S'
         WHERE l.classid = s.classid AND l.objid = s.objid AND s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND l.deptype IN ('a', 'i') AND l.refobjsubid > 0)`,
    [role, owners.map((one) => one[0]), owners.map((one) => one[1]), owners.map((one) => one[2])],
  );
  for (const { kind, identity, owner } of rows) {
    await client.query(`ALTER ${alteredAs({ kind, identity })} OWNER TO ${pg.escapeIdentifier(owner)}`);
  }
}

const ENABLED: Readonly<Record<string, string>> = {
  ...{ O: 'ENABLE', D: 'DISABLE', R: 'ENABLE REPLICA', A: 'ENABLE ALWAYS' },
};

async function eventTriggersBack(client: pg.ClientBase, { eventTriggers }: Lent): Promise<void> {
  for (const { name, event, tags, routine, oid, enabled, owner, comment } of eventTriggers) {
    const { rows } = await client.query<{ missing: boolean }>(
      `SELECT pg_catalog.to_regproc($1)::pg_catalog.oid = $3::pg_catalog.oid
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = $2) AS missing`,
      [routine, name, oid],
    );
    if (rows[0]?.missing !== true) continue;
    const trigger = `EVENT TRIGGER ${pg.escapeIdentifier(name)}`;
    const filter = tags === null ? '' : ` WHEN TAG IN (${tags.map((tag) => pg.escapeLiteral(tag)).join(', ')})`;
    await client.query(`CREATE ${trigger} ON ${event}${filter} EXECUTE FUNCTION ${routine}()`);
    await client.query(`ALTER ${trigger} ${ENABLED[enabled] ?? 'ENABLE'}`);
    await client.query(`ALTER ${trigger} OWNER TO ${pg.escapeIdentifier(owner)}`);
    if (comment !== null) await client.query(`COMMENT ON ${trigger} IS ${pg.escapeLiteral(comment)}`);
  }
}

async function triggersBack(client: pg.ClientBase, { triggers }: Lent): Promise<void> {
  const { rows } = await client.query<{ table: string; name: string; enabled: string }>(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table", t.tgname AS name, w.enabled
       FROM unnest($1::pg_catalog.oid[], $2::pg_catalog.text[], $3::pg_catalog.text[]) w (oid, name, enabled)
       JOIN pg_catalog.pg_trigger t ON t.tgrelid = w.oid AND t.tgname = w.name AND t.tgenabled::pg_catalog.text <> w.enabled
       JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    [triggers.map((one) => one.table), triggers.map((one) => one.name), triggers.map((one) => one.enabled)],
  );
  for (const { table, name, enabled } of rows) {
    await client.query(`ALTER TABLE ${table} ${ENABLED[enabled] ?? 'ENABLE'} TRIGGER ${pg.escapeIdentifier(name)}`);
  }
}
