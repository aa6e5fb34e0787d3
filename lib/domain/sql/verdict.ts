/**
 * What becomes of a statement. `what` is made of its keywords and names only, never of values (a CHANGE MASTER or a
 * CREATE USER holds passwords), so it may be shown.
 */
export type Verdict =
  | { action: 'pass' }
  | { action: 'leave out'; what: string; why: string }
  | { action: 'refuse'; what: string; why: 'own database' | 'server' | 'unknown' };
