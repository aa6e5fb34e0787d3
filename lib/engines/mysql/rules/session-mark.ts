/**
 * How to distinguish a load's sessions from others of the same user. MySQL and MariaDB have no names for sessions, so
 * each session holds a user-level lock (GET_LOCK) whose name identifies its restore. The server releases the lock when
 * the session ends, and IS_USED_LOCK tells anyone which session holds it. Pure.
 */

/** A load has a few sessions for rows, one for keys and one for definitions, and each may be opened again. */
export const MARKS = 64;

/** At most 64 characters, as MySQL allows. @param number 0 up to MARKS - 1 */
export function sessionMark(restoreId: string, number: number): string {
  return `jagad_restore_${restoreId.replaceAll(/[^0-9a-zA-Z]/g, '').slice(0, 32)}_${number}`;
}

/** Marks the session. It doesn't wait if the mark is taken. */
export function markSql(restoreId: string, number: number): string {
  return `DO GET_LOCK('${sessionMark(restoreId, number)}', 0)`;
}

/** Returns a row with the ids of the sessions that are marked for a restore; null for marks that no session holds. */
export function markedSql(restoreId: string): string {
  const columns = Array.from(
    { length: MARKS },
    (_, number) => `IS_USED_LOCK('${sessionMark(restoreId, number)}') AS m${number}`,
  );
  return `SELECT ${columns.join(', ')}`;
}
