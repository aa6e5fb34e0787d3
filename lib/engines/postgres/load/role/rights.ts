/**
 * Limits the rights that are left too wide if a role is missing after pg_restore. A refused GRANT prevents the REVOKE
 * in the same entry. A function whose owner is missing belongs to the restoring user, and with SECURITY DEFINER, it
 * would run with that user's rights.
 */
import pg from 'pg';
import { RestoreError } from '../../../../errors/errors.ts';
import type { Toc } from '../../../../formats/pg-dump/archive/format.ts';
import { type EntryGrants, ownedRoutines, restrictingGrants } from '../../../../formats/pg-dump/archive/grants.ts';
import type { Reporter } from '../../../load/engine.ts';

/** There is nothing to revoke, because the role, table, function, type or schema doesn't exist. */
export const NOTHING_THERE = ['42704', '42P01', '42883', '3F000'];

/** Functions of the role $1 that run as their owner, with their signatures as pg_dump writes them. */
const DEFINERS_SQL = `
  SELECT n.nspname AS schema, p.oid::regprocedure::text AS routine, p.prokind = 'p' AS is_procedure,
         p.proname || '(' || coalesce((SELECT string_agg(format_type(type, NULL), ', ' ORDER BY place)
           FROM unnest(p.proargtypes) WITH ORDINALITY AS arguments (type, place)), '') || ')' AS signature
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE p.prosecdef AND p.proowner = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1)`;

interface Definer {
  schema: string;
  routine: string;
  is_procedure: boolean;
  signature: string;
}

/**
 * @param client a session in the target, whose search path is empty afterwards
 * @throws RestoreError that names what could not be restricted
 */
export async function keepRestricted(client: pg.Client, toc: Toc, telling: Pick<Reporter, 'warn'>): Promise<void> {
  await client.query("SET search_path = ''");
  const { rows } = await client.query<{ name: string }>('SELECT current_user AS name');
  const failures = [
    ...(await revokeAgain(client, toc)),
    ...(await runAsCaller(client, toc, rows[0]?.name ?? '', telling)),
  ];
  if (failures.length > 0) throw notRestricted(failures);
}

export function notRestricted(failures: readonly string[]): RestoreError {
  return new RestoreError(`rights could not be restricted as in the backup: ${failures.join('; ')}`, {
    hint: 'Create the missing roles, then restore again: the data is restored, but more users may have access than before.',
  });
}

/** @returns the objects that kept their rights */
async function revokeAgain(client: pg.Client, toc: Toc): Promise<string[]> {
  const failures: string[] = [];
  for (const entry of restrictingGrants(toc)) {
    await client.query('BEGIN');
    const failure = await runOneByOne(client, entry);
    await client.query(failure === undefined ? 'COMMIT' : 'ROLLBACK');
    if (failure !== undefined) failures.push(`${entry.name} (${failure})`);
  }
  return failures;
}

/**
 * Runs each statement separately, so that a refusal affects no other statement.
 * @returns why a REVOKE failed
 */
async function runOneByOne(client: pg.Client, { statements, isForeign }: EntryGrants): Promise<string | undefined> {
  let isSkipped = false;
  for (const { kind, text } of statements) {
    const isEnd = kind === 'session' && /^RESET/i.test(text);
    if (isEnd && isSkipped) {
      isSkipped = false;
      continue;
    }
    if (isSkipped) continue;
    const error = await run(client, text);
    if (error === undefined) continue;
    // grants by a missing role
    if (kind === 'session') isSkipped = true;
    if (kind === 'revoke' && !isForeign && !NOTHING_THERE.includes(error.code ?? '')) return error.message;
  }
  return undefined;
}

async function run(client: pg.Client, text: string): Promise<pg.DatabaseError | undefined> {
  await client.query('SAVEPOINT one');
  try {
    // one statement per message, because the server itself refuses two
    await client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
    await client.query('RELEASE one');
    return undefined;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query('ROLLBACK TO one');
    return error;
  }
}

/**
 * Restricts functions that should run as their owner, but belong to another role because that owner is missing.
 * @param user the role that they belong to
 * @returns the functions that still run as that role
 */
export async function runAsCaller(
  client: pg.Client,
  toc: Pick<Toc, 'entries'>,
  user: string,
  telling: Pick<Reporter, 'warn'>,
): Promise<string[]> {
  const wanted = new Map(ownedRoutines(toc, user).map((one) => [JSON.stringify([one.schema, one.signature]), one]));
  const { rows } = await client.query<Definer>(DEFINERS_SQL, [user]);
  const failures: string[] = [];
  for (const { schema, routine, is_procedure, signature } of rows) {
    const entry = wanted.get(JSON.stringify([schema, signature]));
    if (entry === undefined) continue;
    const kind = is_procedure ? 'PROCEDURE' : 'FUNCTION';
    try {
      await client.query(`ALTER ${kind} ${routine} SECURITY INVOKER`);
      telling.warn(
        `${kind.toLowerCase()} ${routine} now runs as its caller (SECURITY INVOKER), because its owner ${entry.owner} could ` +
          `not be set: run ALTER ${kind} ${routine} OWNER TO ${pg.escapeIdentifier(entry.owner)}, then make it SECURITY DEFINER`,
      );
    } catch (error) {
      failures.push(`${kind.toLowerCase()} ${routine} runs as ${user} (${(error as Error).message})`);
    }
  }
  return failures;
}
