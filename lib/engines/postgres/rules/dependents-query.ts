/** The one query that reads a target's dependencies before a restore. */

/** One dependency; or, if the `ref_…` are null, an object without recorded dependencies. */
export interface DependencyRow {
  /** Catalog and OID, which together are unique in the database. */
  id: string;
  /** `table`, `view`, `function`, … as in pg_identify_object_as_address; null if it disappeared in the meantime. */
  kind: string | null;
  /** Unquoted: schema and name, or schema, table and name. */
  names: string[] | null;
  /** A function's argument types, a cast's target. */
  args: string[] | null;
  /** Quoted if needed, always with its schema: `sales.orders`, `fk on sales.orders`. */
  identity: string | null;
  /** `n`ormal, `a`uto, `i`nternal, `P`/`S` partition, `e`xtension member, `x` auto of an extension. */
  deptype: string | null;
  ref_id: string | null;
  ref_kind: string | null;
  ref_names: string[] | null;
  ref_args: string[] | null;
  ref_identity: string | null;
}

/**
 * Read-only, independent of the session's search_path, needs no rights beyond CONNECT, PostgreSQL 9.5 or newer. OIDs
 * from 16384 (FirstNormalObjectId) belong to users' objects; `public` has a lower one, but may be dropped and thus
 * counts. Columns count as their table. A type's name is read here because the address function returns it quoted, as
 * one text.
 */
export const DEPENDENTS_SQL = `
WITH edges AS (
  SELECT DISTINCT d.classid, d.objid, d.refclassid, d.refobjid, d.deptype::pg_catalog.text AS deptype
    FROM pg_catalog.pg_depend d
   WHERE d.deptype <> 'p'
     AND d.objid >= 16384
     AND (d.refobjid >= 16384 OR d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)
     AND (d.classid, d.objid) <> (d.refclassid, d.refobjid)
  UNION ALL
  SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, NULL, NULL, NULL
    FROM pg_catalog.pg_namespace n
   WHERE n.oid >= 16384
), objects AS (
  SELECT e.classid, e.objid FROM edges e
  UNION
  SELECT e.refclassid, e.refobjid FROM edges e WHERE e.refobjid IS NOT NULL
), named AS (
  SELECT o.classid, o.objid, o.classid::pg_catalog.text || '/' || o.objid::pg_catalog.text AS id,
         a.type AS kind, a.object_args AS args, i.identity,
         CASE WHEN t.oid IS NULL THEN a.object_names
              ELSE ARRAY[n.nspname::pg_catalog.text, t.typname::pg_catalog.text] END AS names
    FROM objects o
   CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(o.classid, o.objid, 0) a
   CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, 0) i
    LEFT JOIN pg_catalog.pg_type t
      ON o.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = o.objid
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
)
SELECT d.id, d.kind, d.names, d.args, d.identity, e.deptype,
       r.id AS ref_id, r.kind AS ref_kind, r.names AS ref_names, r.args AS ref_args, r.identity AS ref_identity
  FROM edges e
  JOIN named d ON d.classid = e.classid AND d.objid = e.objid
  LEFT JOIN named r ON r.classid = e.refclassid AND r.objid = e.refobjid
 ORDER BY d.identity, d.id, r.identity, r.id, e.deptype`;
