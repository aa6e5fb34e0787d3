/**
 * Inspects a PostgreSQL target, and prepares the load: with pg_restore, or, for plain SQL, through a session of its
 * own.
 */
import type pg from 'pg';
import type { DumpHead } from '../../databases/dump-head.ts';
import { RestoreError } from '../../errors/errors.ts';
import { oldestReader } from '../../formats/pg-dump/archive/format.ts';
import { superuserDemands, superuserDemandsOf } from '../../formats/pg-dump/archive/superuser-demand.ts';
import type { Inspect, KnownDump, PreparedLoad, Reporter, Target } from '../load/engine.ts';
import { PostgresArchiveLoad } from './load/archive-load.ts';
import { chooseClient } from './load/client.ts';
import { endLeftPostgresSessions } from './load/left-sessions.ts';
import { lookBeforeLoad, withoutTimeLimits } from './load/look.ts';
import { PostgresPlainLoad } from './load/plain/plain-load.ts';
import { RestoreRole } from './load/role/role.ts';
import { needsTrusted, UNREAD_CONTENTS } from './rules/needs-trusted.ts';
import { type Powers, postgresPowers } from './session/powers.ts';
import { connectEither } from './session/session.ts';
import { postgresEndsIdleSessions, postgresMajor, postgresSpeaksForeign } from './session/target.ts';

/** The user or role that loads a dump. */
interface Loader {
  /**
   * The role that was created for the restore, if the connection's user has more rights than an owner and isn't
   * trusted.
   */
  role?: RestoreRole | undefined;
  /** Whether pg_restore's sessions have to request messages in English. */
  english: boolean;
}

export const inspectPostgres: Inspect = async (target, dump, telling) => {
  const { client, exists } = await connectEither(target, target.database);
  const prepared = await prepare(client, exists, target, dump, telling).catch(async (error: unknown) => {
    await client.end();
    throw error;
  });
  await client.end().catch(async (error: unknown) => {
    await prepared.close?.(telling);
    throw error;
  });
  return prepared;
};

async function prepare(
  client: pg.Client,
  exists: boolean,
  target: Target,
  head: KnownDump,
  telling: Reporter,
): Promise<PreparedLoad> {
  const began = await withoutTimeLimits(client, exists);
  if (exists) await endLeftPostgresSessions(client, target, telling);
  const server = await postgresMajor(client);
  const tools = head.kind === 'pg-archive' ? await chooseClient(head, server, telling) : undefined;
  if (head.archiveVersion !== undefined && oldestReader(head.archiveVersion) === undefined) throw unknownVersion(head);
  const endsIdle = await postgresEndsIdleSessions(client);
  const { clean, settings } = await lookBeforeLoad(client, exists, head, target, telling, began);
  const settled = { ...target, settings };
  const { role, english } = await findLoader(client, exists, settled, head, telling);
  return tools === undefined
    ? new PostgresPlainLoad(settled, role)
    : new PostgresArchiveLoad(settled, { head, tools, server, clean, endsIdle, english, role });
}

/** @throws RestoreError if a role has to load the dump, but can't be created */
async function findLoader(
  client: pg.Client,
  exists: boolean,
  target: Target,
  { kind, toc, contents }: KnownDump,
  telling: Reporter,
): Promise<Loader> {
  const { trusted, connection } = target;
  const powers = await postgresPowers(client);
  if (powers.list.length === 0) return { english: false };
  if (trusted) {
    const english = powers.superuser && (await postgresSpeaksForeign(client));
    telling.log(
      `NOTE: ${connection.name} is trusted: the dump runs with the rights of ${powers.user}, who ${powers.list.join(', ')}`,
    );
    return { english };
  }
  if (kind === 'sql') {
    const demands = contents?.kind === 'pg_dump' ? superuserDemandsOf(contents) : [];
    if (demands.length > 0) throw needsTrusted(target, demands.join('; '));
    return makeRole(client, powers, exists, target, telling);
  }
  if (toc === undefined) throw needsTrusted(target, UNREAD_CONTENTS);
  const demands = superuserDemands(toc);
  if (demands.length > 0) throw needsTrusted(target, demands.join('; '));
  return makeRole(client, powers, exists, target, telling);
}

async function makeRole(
  client: pg.Client,
  powers: Powers,
  exists: boolean,
  target: Target,
  telling: Reporter,
): Promise<Loader> {
  const role = await RestoreRole.make(client, target, powers, exists);
  telling.log(`NOTE: the role ${role.name} loads the dump, since ${powers.user} ${powers.list.join(', ')}`);
  return { role, english: false };
}

/** A pg_restore that can read such an archive would run statements that were never checked. */
function unknownVersion({ archiveVersion }: DumpHead): RestoreError {
  return new RestoreError(
    `an archive of version ${archiveVersion} is not accepted: its entries can't be checked here`,
    {
      hint: 'Update this service, or make a backup with an older pg_dump.',
    },
  );
}
