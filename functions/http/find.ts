import { NotFound } from '../../lib/domain/errors.ts';
import { id } from '../../lib/domain/records.ts';

/**
 * The record that a path names.
 * @param what it is, in words: `connection`.
 * @throws NotFound, also if the path's id isn't a valid id.
 */
export async function find<T>(
  table: { get(id: string): Promise<T | undefined> },
  recordId: string,
  what: string,
): Promise<T> {
  const record = id.safeParse(recordId).success ? await table.get(recordId) : undefined;
  if (record === undefined) throw new NotFound(`${what} not found`, { hint: `Check the ${what} id.` });
  return record;
}
