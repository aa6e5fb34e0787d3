/** Sessions and locks that a load needs. */
import type { PostgresContents } from '../../../../formats/dump-contents.ts';
import type { Finding } from '../../../preflight/findings.ts';
import type { PostgresServerFacts } from './facts.ts';

/** The load's own session, pg_restore's, and the one that looks whom they wait for. */
const SESSIONS = 3;
/** What one transaction that makes or drops an object of these kinds locks until it ends. */
const LOCKED = ['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE', 'INDEX', 'CONSTRAINT'];

export function roomFindings(contents: PostgresContents | undefined, server: PostgresServerFacts): Finding[] {
  return [...sessions(server), ...(contents === undefined ? [] : locks(contents, server))];
}

function sessions({ room: { freeSessions }, user, database }: PostgresServerFacts): Finding[] {
  if (freeSessions >= SESSIONS) return [];
  const left = Math.max(0, freeSessions);
  return [
    {
      id: 'postgres-connections',
      message: `the server lets ${user} open ${left} more sessions in database ${database}, and a restore needs ${SESSIONS}`,
    },
  ];
}

/** An archive is loaded in many transactions, plain SQL in one. */
function locks({ format, objects }: PostgresContents, { room }: PostgresServerFacts): Finding[] {
  const needed = objects.filter(({ kind }) => LOCKED.includes(kind)).length;
  if (format !== 'sql' || needed <= room.locks) return [];
  return [
    {
      id: 'postgres-locks',
      message: `one transaction makes ${needed} tables, indexes and other relations, and the server has room for ${room.locks} locks (max_locks_per_transaction)`,
    },
  ];
}
