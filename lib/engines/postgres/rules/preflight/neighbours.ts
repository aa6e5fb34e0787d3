/** Who else is at work in the target: sessions that a restore has to wait for, and replicas that have to follow it. */
import type { PostgresContents } from '../../../../formats/dump-contents.ts';
import type { Finding } from '../../../preflight/findings.ts';
import type { LockHolder, Neighbours } from './facts.ts';
import { joined, listed, literal, mebibytes, qualified } from './words.ts';

const RELATIONS = ['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE'];
/** A standby that is this far behind needs minutes to catch up. */
const BEHIND_BYTES = 256 * 1024 * 1024;

/** @param contents undefined if they are unknown: then every locked object counts */
export function neighbourFindings(
  contents: PostgresContents | undefined,
  neighbours: Neighbours,
  behindBytes = BEHIND_BYTES,
): Finding[] {
  const replaced = contents && new Set(contents.objects.filter(({ kind }) => RELATIONS.includes(kind)).map(keyOf));
  const holders = neighbours.holders.filter((holder) => replaced?.has(keyOf(holder)) ?? true);
  return [
    ...prepared(holders.filter((one) => one.prepared !== null)),
    ...sessions(holders.filter((one) => one.prepared === null)),
    ...slots(neighbours),
    ...standbys(neighbours, behindBytes),
  ];
}

function keyOf({ schema, name }: { schema: string | null; name: string }): string {
  return JSON.stringify([schema, name]);
}

function prepared(holders: readonly LockHolder[]): Finding[] {
  const byName = Map.groupBy(holders, ({ prepared }) => prepared?.gid ?? '');
  return [...byName].map(([gid, locks]) => ({
    id: 'postgres-prepared-transaction',
    message: `the prepared transaction ${literal(gid)} of ${locks[0]?.user}, since ${locks[0]?.prepared?.since}, holds locks on ${namesOf(locks)}: the restore waits for it`,
    statement: `ROLLBACK PREPARED ${literal(gid)};`,
  }));
}

function sessions(holders: readonly LockHolder[]): Finding[] {
  const byPid = Map.groupBy(holders, ({ pid }) => pid);
  if (byPid.size === 0) return [];
  const named = [...byPid].map(([pid, locks]) => {
    const { user, application } = locks[0] as LockHolder;
    return `process ${pid} of ${user}${application ? ` (${application})` : ''} on ${namesOf(locks)}`;
  });
  return [
    {
      id: 'postgres-locks-held',
      message: `sessions hold locks that the restore waits for: ${listed(named)}`,
      statement: joined([...byPid.keys()].map((pid) => `SELECT pg_terminate_backend(${pid});`)),
    },
  ];
}

function namesOf(locks: readonly LockHolder[]): string {
  return listed(locks.map(({ schema, name }) => qualified(schema, name)));
}

function slots({ slots }: Neighbours): Finding[] {
  const idle = slots.filter(({ active }) => !active);
  const decoded = slots.filter(({ active, ofDatabase }) => active && ofDatabase);
  return [
    ...idle.map(({ name, keptBytes }) => ({
      id: 'postgres-slot-idle' as const,
      message: `nothing reads the replication slot ${name}, for which the server keeps ${mebibytes(keptBytes)} of WAL: a restore adds what it writes`,
      statement: `SELECT pg_drop_replication_slot(${literal(name)});`,
    })),
    ...(decoded.length > 0
      ? [
          {
            id: 'postgres-subscribers' as const,
            message: `others follow the changes of the database (replication slots ${listed(decoded.map(({ name }) => name))}): they get the rows of the restore, but not the drops`,
          },
        ]
      : []),
  ];
}

function standbys({ standbys }: Neighbours, limit: number): Finding[] {
  const behind = standbys.filter(({ behindBytes }) => behindBytes > limit);
  if (behind.length === 0) return [];
  const named = behind.map(({ name, behindBytes }) => `${name} by ${mebibytes(behindBytes)}`);
  return [{ id: 'postgres-standby-behind', message: `standbys are behind already: ${listed(named)}` }];
}
