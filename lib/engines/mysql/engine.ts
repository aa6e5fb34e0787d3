/** Inspects a MySQL or MariaDB target, and prepares the load. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isPostgresArchive } from '../../databases/dump-fit.ts';
import type { DumpHead } from '../../databases/dump-head.ts';
import { RestoreError } from '../../errors/errors.ts';
import { mysqlWriteRefusal, replicaWarning } from '../connect/write-refusals.ts';
import type { PreparedLoad, Reporter, Target } from '../load/engine.ts';
import { clientFlavour, type MysqlClient } from './load/commands.ts';
import { MysqlLoad, type MysqlLoadOptions } from './load/load.ts';
import { endLeftMysqlSessions, takesMarks } from './load/sessions/left-sessions.ts';
import { readTarget } from './load/target.ts';
import { memberOf } from './rules/mysql-family.ts';
import { connectMysql } from './session/session.ts';

/** See `Inspect`. */
export async function inspectMysql(
  target: Target,
  { kind }: DumpHead,
  telling: Reporter,
  options: MysqlLoadOptions = {},
): Promise<PreparedLoad> {
  if (kind !== 'sql') throw isPostgresArchive(target.connection.db_type);
  const tool = await findClient(target);
  const { client, encrypted } = await connectMysql(target);
  try {
    const refused = await mysqlWriteRefusal(client);
    if (refused !== undefined) throw new RestoreError(refused.why, { hint: refused.hint });
    const replica = await replicaWarning(client);
    if (replica !== undefined) telling.warn(replica);
    await endLeftMysqlSessions(client, target, telling);
    const found = {
      client: tool,
      takesMarks: await takesMarks(client),
      traits: await readTarget(client, target, encrypted),
    };
    return new MysqlLoad(target, found, options);
  } finally {
    await client.end();
  }
}

/** The installed client: for MariaDB, `mariadb` is preferred over `mysql`; for MySQL, it is the other way round. */
async function findClient({ connection }: Target): Promise<MysqlClient> {
  const names = memberOf(connection.db_type).clients;
  for (const command of names) {
    const version = await promisify(execFile)(command, ['--version']).catch(() => undefined);
    if (version !== undefined) return { command, flavour: clientFlavour(version.stdout) };
  }
  throw new RestoreError(`neither ${names.join(' nor ')} can be run`, {
    hint: "Install the database's client; the restore image has it.",
  });
}
