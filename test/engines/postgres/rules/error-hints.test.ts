import { expect, it } from 'vitest';
import { ERROR_HINTS, errorHint } from '../../../../lib/engines/postgres/rules/error-hints.ts';

/** In the words of PostgreSQL 15 and its pg_restore. */
const TOLD: Record<string, string> = {
  '53100': 'COPY failed for table "t": ERROR:  could not extend file "base/5/1": No space left on device',
  '53300': 'connection to server failed: FATAL:  sorry, too many clients already',
  '53200': 'out of shared memory (TABLE t app: CREATE TABLE t ())',
  '25006': 'cannot execute CREATE TABLE in a read-only transaction (TABLE t app: CREATE TABLE t ())',
  '58P01': 'could not open extension control file "/usr/share/postgis.control": No such file or directory',
  '0A000': 'extension "postgis" is not available (EXTENSION postgis: CREATE EXTENSION postgis)',
  '42501': 'permission denied for schema app (TABLE t app: CREATE TABLE app.t ())',
  '57014': 'COPY failed for table "t": ERROR:  canceling statement due to statement timeout',
  '55P03': 'could not obtain lock on relation "t"',
  '40P01': 'deadlock detected (TABLE t app: DROP TABLE t)',
  '23505': 'could not create unique index "t_pkey" (CONSTRAINT t t_pkey app: ALTER TABLE …)',
  '22P05':
    'COPY failed for table "t": ERROR:  character with byte sequence 0xe2 has no equivalent in encoding "LATIN1"',
  '42883': 'function tidy(text) does not exist (INDEX i app: CREATE INDEX i ON t (f(a)))',
  '42P01': 'relation "public.t" does not exist (VIEW v app: CREATE VIEW v AS …)',
  '57P05': 'could not execute query: FATAL:  terminating connection due to idle-session timeout',
  '08006': 'could not execute query: server closed the connection unexpectedly',
};

it.each(Object.entries(TOLD))('%s has one hint, by its code and by its words', (sqlstate, message) => {
  const hint = errorHint({ sqlstate, message: '' });
  expect(errorHint({ message })).toBe(hint);
  expect(hint).not.toMatch(/^Fix what/);
});

it('each hint is used for some error', () => {
  const told = new Set(Object.keys(TOLD).map((sqlstate) => errorHint({ sqlstate, message: '' })));
  expect([...told].toSorted()).toEqual(ERROR_HINTS.map(({ hint }) => hint).toSorted());
});

it('other errors have the general hint', () => {
  expect(errorHint({ message: 'syntax error at or near "x"' })).toMatch(/^Fix the error in the message/);
  expect(errorHint({ sqlstate: '42601', message: 'permission denied' })).toMatch(/^Fix the error in the message/);
});
