/** Finds, before the first write, which objects of a PostgreSQL target block the drops of an archive. Only reads. */
import pg from 'pg';
import { DROP_THEM, staysLine } from '../../../databases/dump-fit.ts';
import type { DumpHead } from '../../../databases/dump-head.ts';
import { RestoreError } from '../../../errors/errors.ts';
import type { Toc } from '../../../formats/pg-dump/archive/format.ts';
import { keyOfEntry } from '../../../formats/pg-dump/archive/toc-key.ts';
import type { Reporter, Target } from '../../load/engine.ts';
import { blockers } from '../rules/dependents.ts';
import type { PostgresContents } from '../session/target.ts';

/**
 * @param dependencies between the existing objects
 * @throws RestoreError that names the objects that the restore could not replace
 */
export async function refuseBlockers(
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
  if (!isEmpty) await tellLosses(client, toc, telling);
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

/** What is dropped along with replaced objects although it isn't in the backup. */
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
