/** The sessions and locks that a load needs. */
import type { PostgresContents } from '../../../../formats/dump-contents.ts';
import type { Finding } from '../../../preflight/findings.ts';
import type { PostgresServerFacts } from './facts.ts';

/** The load's own session, pg_restore's, and the one that checks whom they wait for. */
const SESSIONS = 3;
/** The locks that one transaction holds until it ends, if it creates or drops an object of one of these kinds. */
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

/** An archive is loaded in many transactions, but plain SQL in one. */
function locks({ format, objects, large_objects }: PostgresContents, { room }: PostgresServerFacts): Finding[] {
  const relations = objects.filter(({ kind }) => LOCKED.includes(kind)).length;
  const large = large_objects?.count ?? 0;
  const needed = relations + large;
  if (format !== 'sql' || needed <= room.locks) return [];
  return [
    {
      id: 'postgres-locks',
      message: `one transaction makes ${relations} tables, indexes and other relations and ${large} large objects, and the server has room for ${room.locks} locks (max_locks_per_transaction)`,
    },
  ];
}
