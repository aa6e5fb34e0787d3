/**
 * Other sessions that are at work on the server while a dump is loaded: they can make the load wait, or have to wait
 * for it.
 */
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { MOST_SESSIONS } from '../session-count.ts';
import { folds, listed, type MysqlServerFacts } from './facts.ts';

/**
 * The sessions of a load: those that load rows, as many that add keys, and one each for definitions, for the user who
 * loads, and for finding out who holds locks.
 */
const SESSIONS_OF_LOAD = 2 * MOST_SESSIONS + 3;

export function neighbours(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  return [...prepared(server), ...holders(contents, server), ...replicas(server), ...connections(server)];
}

function prepared({ neighbours: { prepared } }: MysqlServerFacts): Finding[] {
  if (prepared.length === 0) return [];
  return [
    {
      id: 'mysql-prepared-transactions',
      message: `transactions were prepared on the server and never ended, and may hold locks on tables that the restore replaces: ${listed(prepared)}`,
      statement: prepared.map((name) => `XA ROLLBACK ${name};`).join(' '),
    },
  ];
}

function holders({ tables, views }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const comparable = (name: string) => (folds(server) ? name.toLowerCase() : name);
  const replaced = new Set([...tables, ...views].map(({ name }) => comparable(name)));
  const inTheWay = server.neighbours.holders.filter(({ table }) => table === null || replaced.has(comparable(table)));
  if (inTheWay.length === 0) return [];
  const ids = new Set(inTheWay.map(({ id }) => id));
  const each = [...ids].map((id) => {
    const [first, ...others] = inTheWay.filter((one) => one.id === id);
    const on = [first, ...others].flatMap((one) => one?.table ?? []);
    return `session ${id} of ${first?.user ?? 'the server'}, for ${first?.seconds ?? 0} s${on.length === 0 ? '' : `, on ${listed(on)}`}`;
  });
  return [
    {
      id: 'mysql-locks-held',
      message: `open transactions may hold locks on tables that the restore replaces: ${listed(each)}`,
      statement: [...ids].map((id) => `KILL ${id};`).join(' '),
    },
  ];
}

function replicas({ neighbours: { replicas } }: MysqlServerFacts): Finding[] {
  if (replicas.length === 0) return [];
  return [
    {
      id: 'mysql-replicas',
      message: `the server has ${replicas.length === 1 ? 'a replica' : `${replicas.length} replicas`}, which get all that is restored, and lag behind meanwhile: ${listed(replicas)}`,
    },
  ];
}

function connections({ neighbours: { connections }, account }: MysqlServerFacts): Finding[] {
  const { free, freeOfUser } = connections;
  const short = [
    ...(free < SESSIONS_OF_LOAD ? [`the server has ${Math.max(0, free)} of its max_connections left`] : []),
    ...(freeOfUser !== undefined && freeOfUser < SESSIONS_OF_LOAD
      ? [`${account} has ${Math.max(0, freeOfUser)} of its max_user_connections left`]
      : []),
  ];
  if (short.length === 0) return [];
  return [
    {
      id: 'mysql-connections',
      message: `${short.join(', and ')}; a restore uses up to ${SESSIONS_OF_LOAD} sessions, is slower with fewer, and fails if it gets none`,
    },
  ];
}
