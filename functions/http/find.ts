import { orNotFound, type RecordKind } from '../../lib/errors/not-found.ts';
import { id } from '../../lib/storage/fields.ts';

/**
 * The record that a path names.
 * @throws NotFound, also if the path has no valid id.
 */
export async function find<T>(
  table: { get(id: string): Promise<T | undefined> },
  recordId: string,
  kind: RecordKind,
): Promise<T> {
  return orNotFound(id.safeParse(recordId).success ? await table.get(recordId) : undefined, kind);
}
