/** Finds, before the first write, what in a PostgreSQL target blocks a restore. Only reads. */
import pg from 'pg';
import { DROP_THEM, staysLine } from '../../../databases/dump-fit.ts';
import type { DumpHead } from '../../../databases/dump-head.ts';
import { RestoreError } from '../../../errors/errors.ts';
import type { Toc } from '../../../formats/pg-dump/archive/format.ts';
import { keyOfEntry, keysOfObject, type ObjectAddress } from '../../../formats/pg-dump/archive/toc-key.ts';
import { postgresWriteRefusal } from '../../connect/write-refusals.ts';
import type { Reporter, Target } from '../../load/engine.ts';
import { blockers } from '../rules/dependents.ts';
import type { PostgresContents } from '../session/target.ts';

const MOST_NAMED = 5;

/** @throws RestoreError if nothing can be written in the session's database */
export async function refuseReadOnly(client: pg.Client): Promise<void> {
  const refusal = await postgresWriteRefusal(client);
  if (refusal !== undefined) throw new RestoreError(refusal.why, { hint: refusal.hint });
}

/**
 * @param dependencies between the existing objects
 * @throws RestoreError naming the objects that the restore could not replace
 */
export async function refuseObstacles(
  client: pg.Client,
  { kind, toc }: DumpHead,
  { dependencies, isEmpty }: PostgresContents,
  target: Target,
  telling: Pick<Reporter, 'warn'>,
): Promise<void> {
  if (kind === 'pg-archive' && toc === undefined && !isEmpty) throw unknownContents();
  if (toc === undefined) return;
  const { blocking, staying } = blockers(dependencies, toc);
  if (blocking.length > 0) {
    throw new RestoreError(`objects in database ${target.database} block the restore: ${blocking.join('; ')}`, {
      hint: DROP_THEM,
    });
  }
  if (!isEmpty) {
    await refuseForeignObjects(client, toc, target);
    await tellLosses(client, toc, telling);
  }
  for (const line of staying) telling.warn(staysLine(line));
}

/** Without the archive's table of contents, there is no way to know what blocks the drops. */
function unknownContents(): RestoreError {
  return new RestoreError('the archive is too large, or too new, to check what in the target blocks it', {
    hint: 'Restore into a new database with target_database.',
  });
}

/** Tables in publications, and indexes with their tables. */
const PUBLISHED_SQL = `
  SELECT p.pubname::pg_catalog.text AS publication, n.nspname::pg_catalog.text AS schema, c.relname::pg_catalog.text AS name
    FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
    JOIN pg_catalog.pg_class c ON c.oid = r.prrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   ORDER BY 1, 2, 3`;
const INDEXES_SQL = `
  SELECT n.nspname::pg_catalog.text AS schema, i.relname::pg_catalog.text AS name, t.relname::pg_catalog.text AS "table"
    FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
    JOIN pg_catalog.pg_class t ON t.oid = x.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
   WHERE i.oid >= 16384 ORDER BY 1, 2`;

/** What disappears together with replaced objects although it isn't in the backup. */
async function tellLosses(client: pg.Client, toc: Toc, telling: Pick<Reporter, 'warn'>): Promise<void> {
  const keys = new Set(toc.entries.map(keyOfEntry));
  const has = (desc: string, namespace: string, tag: string) => keys.has(keyOfEntry({ desc, namespace, tag }));
  const { rows: published } = await client.query<{ publication: string; schema: string; name: string }>(PUBLISHED_SQL);
  for (const { publication, schema, name } of published) {
    const stays = !has('TABLE', schema, name) || has('PUBLICATION TABLE', schema, `${publication} ${name}`);
    if (stays || has('PUBLICATION', '', publication)) continue;
    const [table, pub] = [
      `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`,
      pg.escapeIdentifier(publication),
    ];
    telling.warn(
      `table ${table} is replaced, which removes it from publication ${pub}: afterwards run ALTER PUBLICATION ${pub} ADD TABLE ${table}`,
    );
  }
  const { rows: indexes } = await client.query<{ schema: string; name: string; table: string }>(INDEXES_SQL);
  for (const { schema, name, table } of indexes) {
    const isReplaced = ['TABLE', 'MATERIALIZED VIEW'].some((desc) => has(desc, schema, table));
    if (!has('INDEX', schema, name) || isReplaced) continue;
    telling.warn(
      `index ${schema}.${name} of table ${schema}.${table} is dropped: the backup has an index of that name on another table`,
    );
  }
}

interface ForeignObject extends ObjectAddress {
  identity: string;
  owner: string;
}

/** Objects that the session's user could not drop: the user neither owns them nor is a member of their owner's role. */
const FOREIGN_SQL = `
  SELECT a.type AS kind, a.object_names AS names, a.object_args AS args, i.identity, r.rolname::pg_catalog.text AS owner
    FROM (SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS class, oid, relowner AS owner
            FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND oid >= 16384
           UNION ALL
          SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, proowner FROM pg_catalog.pg_proc WHERE oid >= 16384
         ) o
    JOIN pg_catalog.pg_roles r ON r.oid = o.owner
   CROSS JOIN LATERAL pg_catalog.pg_identify_object_as_address(o.class, o.oid, 0) a
   CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.class, o.oid, 0) i
   WHERE NOT pg_catalog.pg_has_role(o.owner, 'USAGE')
   ORDER BY i.identity`;

/** Their rows would stay, and the backup's rows would be added to them. */
async function refuseForeignObjects(client: pg.Client, toc: Toc, { connection, database }: Target): Promise<void> {
  const { rows } = await client.query<ForeignObject>(FOREIGN_SQL);
  if (rows.length === 0) return;
  const replaced = new Set(toc.entries.filter(({ drop }) => drop !== '').map(keyOfEntry));
  const foreign = rows.filter((row) => keysOfObject(row).some((key) => replaced.has(key)));
  if (foreign.length === 0) return;
  const named = foreign.slice(0, MOST_NAMED).map(({ kind, identity, owner }) => `${kind} ${identity} of ${owner}`);
  const more = foreign.length > named.length ? [`${foreign.length - named.length} more`] : [];
  throw new RestoreError(
    `${connection.username} can't replace objects that belong to others in database ${database}: ${[...named, ...more].join('; ')}`,
    { hint: 'Restore as their owner or as a superuser, or into another database with target_database.' },
  );
}
