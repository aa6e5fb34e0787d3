/** Settings of a server, a database or a role that prevent a dump from being loaded. */
import type { PostgresContents } from '../../../../formats/dump-contents.ts';
import type { Finding } from '../../../preflight/findings.ts';
import type { DependencyRow } from '../dependents-query.ts';
import { mayFire } from './command-tags.ts';
import type { EventTrigger, PostgresServerFacts } from './facts.ts';
import { ident, joined, listed } from './words.ts';

/** Defaults of a database or role may be changed for a session, but the server's own setting is meant for everyone. */
const OF_DATABASE_OR_ROLE = ['database', 'user', 'database user'];
/** From this version on, a superuser can keep event triggers from firing in a session. */
const EVENT_TRIGGERS_OFF = 17;

/** @param dependencies between the objects of the target */
export function settingFindings(
  contents: PostgresContents | undefined,
  server: PostgresServerFacts,
  dependencies: readonly DependencyRow[],
): Finding[] {
  return [
    ...standby(server),
    ...readOnly(server),
    ...timeLimits(server),
    ...defaultTablespace(server),
    ...eventTriggers(contents, server, dependencies),
  ];
}

function standby({ standby }: PostgresServerFacts): Finding[] {
  if (!standby) return [];
  return [{ id: 'postgres-standby', message: 'the server is a standby, which accepts no writes' }];
}

function readOnly({ standby, settings: { readOnlyFrom }, database }: PostgresServerFacts): Finding[] {
  if (standby || readOnlyFrom === undefined) return [];
  const forSession = OF_DATABASE_OR_ROLE.includes(readOnlyFrom)
    ? 'SET default_transaction_read_only = off;'
    : undefined;
  return [
    {
      id: 'postgres-read-only',
      message: `sessions in database ${database} are read only (default_transaction_read_only)`,
      statement: 'ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf();',
      forSession,
    },
  ];
}

/**
 * pg_restore sets them to 0 in its own sessions. Other sessions of the load drop objects before it, and set rights
 * after it.
 */
function timeLimits({ settings: { timeLimits } }: PostgresServerFacts): Finding[] {
  return timeLimits.map(({ name, value }) => ({
    id: 'postgres-time-limit',
    message: `the server ends sessions or statements after ${value} (${name})`,
    forSession: `SET ${name} = 0;`,
  }));
}

/** A dump names the tablespace of each table, but not of objects before the first table, such as a type. */
function defaultTablespace({ settings: { defaultTablespace }, database }: PostgresServerFacts): Finding[] {
  if (defaultTablespace === '') return [];
  return [
    {
      id: 'postgres-default-tablespace',
      message: `sessions in database ${database} make tables in the tablespace ${defaultTablespace} (default_tablespace)`,
      forSession: "SET default_tablespace = '';",
    },
  ];
}

function eventTriggers(
  contents: PostgresContents | undefined,
  server: PostgresServerFacts,
  dependencies: readonly DependencyRow[],
): Finding[] {
  const { superuser, major, byRole, eventTriggers } = server;
  const objects = contents?.objects ?? [];
  const replaced = new Set(objects.filter(({ kind }) => kind === 'EVENT TRIGGER').map(({ name }) => name));
  const staying = eventTriggers.filter((one) => !replaced.has(one.name) && mayFire(one, contents, dependencies));
  if (staying.length === 0) return [];
  if (superuser && major >= EVENT_TRIGGERS_OFF) {
    const message = `event triggers of the target would fire during the restore: ${named(staying)}`;
    return [{ id: 'postgres-event-trigger', message, forSession: 'SET event_triggers = off;' }];
  }
  // they also fire in a superuser's sessions that are guarded against other event triggers
  const always = byRole && major < EVENT_TRIGGERS_OFF ? staying.filter((one) => one.always) : [];
  const others = staying.filter((one) => !always.includes(one));
  const refusing = others.filter(({ mayRefuse }) => mayRefuse);
  const harmless = others.filter(({ mayRefuse }) => !mayRefuse);
  return [
    ...finding(
      'postgres-event-trigger-always',
      always,
      "event triggers of the target would run with a superuser's rights during the restore",
      joined(always.map(({ name }) => `ALTER EVENT TRIGGER ${ident(name)} ENABLE;`)),
    ),
    ...finding(
      'postgres-event-trigger',
      refusing,
      'event triggers of the target may refuse statements of the restore',
      joined(refusing.map(({ name }) => `ALTER EVENT TRIGGER ${ident(name)} DISABLE;`)),
    ),
    ...finding(
      'postgres-event-trigger-fires',
      harmless,
      'event triggers of the target fire during the restore',
      joined(harmless.map(({ name }) => `ALTER EVENT TRIGGER ${ident(name)} DISABLE;`)),
    ),
  ];
}

function finding(id: Finding['id'], triggers: EventTrigger[], what: string, statement: string | undefined): Finding[] {
  return triggers.length === 0 ? [] : [{ id, message: `${what}: ${named(triggers)}`, statement }];
}

function named(triggers: readonly EventTrigger[]): string {
  return listed(triggers.map(({ name }) => name));
}
