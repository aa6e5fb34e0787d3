import { judgeSet } from './settings.ts';
import type { SqlStatement } from './statement.ts';
import { type Head, readHead } from './statement-head.ts';
import { Tokens } from './tokens.ts';
import type { Verdict } from './verdict.ts';

/** What dumps are made of, and what touches nothing but the objects that it names. Everything else is refused. */
const FROM_DUMPS = new Set([
  '',
  'ALTER DATABASE', // sent with the target's name
  'ALTER SEQUENCE',
  'ALTER TABLE',
  'ANALYZE TABLE',
  'BEGIN',
  'COMMIT',
  'CREATE EVENT',
  'CREATE FUNCTION',
  'CREATE INDEX',
  'CREATE LIBRARY',
  'CREATE PACKAGE',
  'CREATE PROCEDURE',
  'CREATE SEQUENCE',
  'CREATE TABLE',
  'CREATE TRIGGER',
  'CREATE VIEW',
  'DO SETVAL',
  'DROP EVENT',
  'DROP FUNCTION',
  'DROP INDEX',
  'DROP LIBRARY',
  'DROP PACKAGE',
  'DROP PROCEDURE',
  'DROP SEQUENCE',
  'DROP TABLE',
  'DROP TRIGGER',
  'DROP VIEW',
  'INSERT',
  'LOCK TABLES',
  'REPLACE',
  'ROLLBACK',
  'SELECT SETVAL',
  'START TRANSACTION',
  'TRUNCATE TABLE',
  'UNLOCK TABLES',
]);

const REPLICATION = 'it would change where the server replicates from';
const MYROCKS = "it only speeds up Percona's MyRocks, by means that cannot be checked";
const LEFT_OUT: Record<string, string> = {
  'CHANGE MASTER': REPLICATION,
  'CHANGE REPLICATION': REPLICATION,
  'START SLAVE': REPLICATION,
  'START REPLICA': REPLICATION,
  'START ALL': REPLICATION,
  'STOP SLAVE': REPLICATION,
  'STOP REPLICA': REPLICATION,
  'STOP ALL': REPLICATION,
  'PREPARE S': MYROCKS,
  'EXECUTE S': MYROCKS,
  'DEALLOCATE PREPARE': MYROCKS,
};

/** They come with mysqldump's --databases and --all-databases. */
const OWN_DATABASE = new Set(['USE', 'CREATE DATABASE', 'DROP DATABASE']);

/** Known to act on the server: a clearer word for them than "not known from dumps". */
const SERVER_VERBS = new Set(
  'GRANT REVOKE RENAME INSTALL UNINSTALL SHUTDOWN RESTART FLUSH RESET PURGE KILL'.split(' '),
);
const SERVER_OBJECTS = new Set('USER ROLE SERVER TABLESPACE LOGFILE UNDO RESOURCE INSTANCE'.split(' '));

/**
 * A statement's verdict, with its head as it reads when all executable comments are executed.
 * @param source the database that was dumped, if what is named by it is rewritten.
 */
export function judge(
  statement: SqlStatement,
  database: string,
  source?: string,
): { verdict: Verdict; head: Head; tokens: Tokens } {
  const tokens = new Tokens(statement);
  const head = readHead(tokens);
  const own = [database, source];
  let verdict = judgeHead(head, tokens, statement, own);
  if (verdict.action === 'pass' && tokens.sawExecutable) {
    // A server that skips them must not find another statement left. In a dump nothing is, or the same head.
    const skipping = new Tokens(statement, { executable: 'skip' });
    verdict = judgeHead(readHead(skipping), skipping, statement, own);
  }
  return { verdict, head, tokens };
}

/** @param own the databases that the statement may name: the target, and the source if that becomes the target. */
function judgeHead(head: Head, tokens: Tokens, statement: SqlStatement, own: readonly (string | undefined)[]): Verdict {
  const { what } = head;
  if (what === 'SET') return judgeSet(tokens);
  if (what === 'SELECT' && statement.text.includes('INTO @rocksdb')) return { action: 'leave out', what, why: MYROCKS };
  const leftOut = LEFT_OUT[what];
  if (leftOut !== undefined) return { action: 'leave out', what, why: leftOut };
  if (OWN_DATABASE.has(what)) return { action: 'refuse', what, why: 'own database' };
  const [verb = '', object = ''] = what.split(' ');
  if (!FROM_DUMPS.has(what)) {
    const onServer = SERVER_VERBS.has(verb) || SERVER_OBJECTS.has(object) || what.endsWith('SONAME');
    return { action: 'refuse', what, why: onServer ? 'server' : 'unknown' };
  }
  if (head.names === undefined) return { action: 'refuse', what, why: 'unknown' };
  // ALTER DATABASE names the source, and is rewritten
  const foreign = head.names.find((name) => name.database !== undefined && !own.includes(name.database));
  if (foreign !== undefined) {
    return { action: 'refuse', what: `${what} ${foreign.database}.${foreign.name}`, why: 'own database' };
  }
  return what === 'ALTER TABLE' ? judgeAlterTable(tokens) : { action: 'pass' };
}

/** Dumps alter tables for keys and constraints. These two could move rows or a table into another database. */
function judgeAlterTable(tokens: Tokens): Verdict {
  for (; !tokens.isEnd(); tokens.next()) {
    for (const word of ['RENAME', 'EXCHANGE']) {
      if (tokens.isWord(word)) return { action: 'refuse', what: `ALTER TABLE … ${word}`, why: 'unknown' };
    }
  }
  return { action: 'pass' };
}
