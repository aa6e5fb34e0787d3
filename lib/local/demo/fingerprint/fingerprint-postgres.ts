import { type Definitions, quoted, type Relation, type Session } from '../sql-session.ts';

/** True for a namespace `n` with the user's own objects. */
const USER_SCHEMA = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'";
const RELATIONS = `FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND ${USER_SCHEMA}`;

/** Objects of an extension are represented by the extension's name and version. */
function own(catalogue: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalogue}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;
}

// With an empty search path, every name includes its schema, whatever the session's settings are.
const QUERIES: Record<string, string> = {
  '(columns)': `SELECT c.oid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated,
      a.attidentity, pg_get_expr(d.adbin, d.adrelid)
    ${RELATIONS} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${own('pg_class', 'c.oid')}`,
  '(constraints)': `SELECT k.conrelid::regclass::text, k.contypid::regtype::text, k.conname, pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace AND ${USER_SCHEMA}`,
  '(indexes)': `SELECT pg_get_indexdef(c.oid) ${RELATIONS} WHERE c.relkind IN ('i', 'I')`,
  '(views)': `SELECT c.oid::regclass::text, c.relkind, pg_get_viewdef(c.oid)
    ${RELATIONS} WHERE c.relkind IN ('v', 'm') AND ${own('pg_class', 'c.oid')}`,
  '(routines)': `SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND ${USER_SCHEMA}
    WHERE p.prokind IN ('f', 'p') AND ${own('pg_proc', 'p.oid')}`,
  '(triggers)': `SELECT pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger t WHERE NOT t.tgisinternal`,
  '(sequences)': 'SELECT schemaname, sequencename, start_value, increment_by, cycle, last_value FROM pg_sequences',
  '(types)': `SELECT t.oid::regtype::text, t.typtype, format_type(t.typbasetype, t.typtypmod),
      (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND ${USER_SCHEMA}
    WHERE t.typtype IN ('e', 'd', 'r') AND ${own('pg_type', 't.oid')}`,
  '(extensions)': 'SELECT extname, extversion FROM pg_extension',
  '(large objects)': 'SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata',
};

export async function postgresRelations(session: Session): Promise<Relation[]> {
  const rows = await session.rows(
    `SELECT n.nspname AS schema, c.relname AS name ${RELATIONS} WHERE c.relkind IN ('r', 'p', 'v', 'm') ORDER BY 1, 2`,
  );
  return rows.map(({ schema, name }) => ({
    name: schema === 'public' ? String(name) : `${schema}.${name}`,
    // No column is named "the row", so it means the whole row. The rows' hashes are added up in two halves of 64 bits.
    digestSql: `SELECT count(*) AS n, sum(('x' || left(h, 16))::bit(64)::bigint), sum(('x' || right(h, 16))::bit(64)::bigint)
      AS second FROM (SELECT md5("the row"::text) AS h FROM ${quoted(String(schema), '"')}.${quoted(String(name), '"')} AS "the row") AS hashes`,
  }));
}

export async function postgresDefinitions(session: Session): Promise<Definitions[]> {
  await session.rows("SET search_path = ''");
  const definitions: Definitions[] = [];
  for (const [name, sql] of Object.entries(QUERIES)) definitions.push({ name, rows: await session.rows(sql) });
  return definitions;
}
