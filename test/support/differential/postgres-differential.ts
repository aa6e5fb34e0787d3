/** One random database, dumped by pg_dump, loaded by pg_restore (or psql) and by us. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import pg from 'pg';
import { openDump } from '../../../lib/local/demo/backup/dump.ts';
import { openSession } from '../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { refusalOf } from '../mutants/mutant-source.ts';
import { loadIntoPostgres } from '../postgres-load.ts';
import { POSTGRES_ROLES, postgresDrift, quoted, randomPostgres } from '../random/postgres-random.ts';
import { type Counts, differences, type Facts, type Loaded, verdict, type WantedDifference } from './differential.ts';

const DATABASE = 'shop';
/** Owns only its databases; it may give its objects to any role. */
const OWNER = { username: 'login', password: 'login' };
/** So large that several jobs restore it. */
const FOR_SEVERAL_JOBS = 64 * 1024 * 1024;

/** How a seed's database is dumped and loaded. */
function wayOf(seed: number): { isPlain: boolean; severalJobs: boolean; byOwner: boolean } {
  // in plain SQL, which the restore reads, too
  const isPlain = seed % 4 === 3;
  return { isPlain, severalJobs: !isPlain && seed % 3 === 2, byOwner: seed % 7 === 4 || seed % 7 === 6 };
}

/**
 * The intended result over a database that already contains the backup's objects.
 * @param before what a load into an empty one left
 */
function wantedOver(before: Facts): WantedDifference[] {
  const hasDefaults = [...before.keys()].some((subject) => subject.startsWith('DEFAULT ACL '));
  return [
    {
      reason:
        'default privileges of the target are added to what pg_restore makes there, and not to what our role makes: the ' +
        'objects have the rights that they have in the backup',
      is: (subject, _, ours) => hasDefaults && /^(ACL|rows of v) /.test(subject) && ours === before.get(subject),
    },
  ];
}

/**
 * What pg_restore reports without losing anything: the constraint is dropped with its parent's, or its table is dropped
 * next.
 */
const HARMLESS = /ERROR: +cannot drop inherited constraint/;
/** Grants come last: until then the new owner may make nothing in the schema. */
const NEW_OWNER_REFUSED =
  /^(?:pg_restore: error|psql).*ERROR: .*\n(?:Command was|STATEMENT): *ALTER (?:"(?:[^"]|"")*"|[^";])* OWNER TO (?:"(?:[^"]|"")*"|[^";])*;/gm;

/** Prepares a server for many seeds. */
export async function preparePostgres(server: RunningServer): Promise<void> {
  const roles = POSTGRES_ROLES.map(quoted);
  await run(server, 'postgres', [
    ...roles.map((role) => `CREATE ROLE ${role}`),
    `CREATE ROLE ${OWNER.username} LOGIN PASSWORD '${OWNER.password}' IN ROLE ${roles.join(', ')}`,
  ]);
}

/** @returns what is wrong, as lines to read; empty if nothing is wrong. */
export async function differPostgres(server: RunningServer, seed: number, counts: Counts): Promise<string[]> {
  const { isPlain, severalJobs, byOwner } = wayOf(seed);
  const login = byOwner ? { ...server, ...OWNER } : server;
  const target = byOwner ? 'shop_copy' : DATABASE;
  await empty(server, DATABASE, login);
  const statements = randomPostgres(seed);
  counts.made += statements.length;
  counts.taken += await run(login, DATABASE, statements);
  const dump = await buffer(openDump(login, DATABASE, isPlain ? ['--format=plain'] : [])).catch(
    (error: Error) => error,
  );
  if (dump instanceof Error) return byOwner ? [] : [`pg_dump fails: ${dump.message}`]; // some rows aren't the owner's to see
  const refusal = refusalOf(dump, 'postgresql');
  if (refusal !== undefined) return [`verification refuses it: ${refusal}`];

  const said: string[] = [];
  const theirs = () => loadWithTool(login, target, dump, isPlain);
  const ours = async () => {
    const bytes = severalJobs ? FOR_SEVERAL_JOBS : dump.length;
    await loadIntoPostgres(
      login,
      target,
      dump,
      (line) => said.push(line),
      false,
      bytes === undefined ? {} : { dumpBytes: bytes },
    );
  };
  const source = byOwner ? await facts(server, DATABASE) : undefined;
  await empty(server, target, login);
  const first = await loaded(server, target, theirs);
  const tables = [...first.facts.keys()].flatMap((subject) => /^rows of r (.*)$/s.exec(subject)?.[1] ?? []);
  const later = postgresDrift(seed, tables);
  await run(login, target, later);
  const third = await loaded(server, target, theirs);
  await empty(server, target, login);
  const second = await loaded(server, target, ours);
  const found = verdict(first, second, []).map((line) => `into nothing: ${line}`);
  await run(login, target, later);
  const fourth = await loaded(server, target, ours);
  if (found.length === 0) {
    found.push(...verdict(third, fourth, wantedOver(first.facts)).map((line) => `over a changed one: ${line}`));
  }
  if (source !== undefined) {
    const now = await facts(server, DATABASE);
    found.push(...differences(source, now, []).map((line) => `the source has changed: ${line}`));
  }
  if (said.some((line) => /jobs restore it/.test(line))) counts.severalJobs = (counts.severalJobs ?? 0) + 1;
  counts.loads += 2;
  for (const { error } of [first, third]) if (error !== undefined) counts.clientFailed++;
  return found;
}

async function loaded(server: RunningServer, database: string, load: () => Promise<unknown>): Promise<Loaded> {
  const error = await load().then(
    () => undefined,
    (failure: Error) => failure.message,
  );
  return { error, facts: await facts(server, database) };
}

async function empty(server: RunningServer, database: string, { username }: { username: string }): Promise<void> {
  await run(server, 'postgres', [
    `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`,
    `CREATE DATABASE ${database} OWNER ${username}`,
  ]);
}

/** @returns how many of the statements the server took */
async function run(server: RunningServer, database: string, statements: readonly string[]): Promise<number> {
  const session = await openSession(server, database);
  let taken = 0;
  for (const statement of statements) {
    const ok = await session.rows(statement).then(
      () => true,
      () => false,
    );
    if (ok) taken++;
  }
  await session.end();
  return taken;
}

/** `pg_restore --clean --if-exists` as Jagad's guide says, or psql for plain SQL. @throws what it says, if it has errors */
async function loadWithTool(server: RunningServer, database: string, dump: Buffer, isPlain: boolean): Promise<void> {
  const name = isPlain ? 'psql' : 'pg_restore';
  const args = isPlain ? ['--no-psqlrc', '--quiet', '--echo-errors'] : ['--clean', '--if-exists'];
  const child = spawn(
    server.binDir === undefined ? name : join(server.binDir, name),
    [...args, '--no-password', `--dbname=${database}`],
    {
      env: {
        PATH: process.env.PATH,
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGUSER: server.username,
        PGPASSWORD: server.password,
      },
      stdio: ['pipe', 'ignore', 'pipe'],
    },
  );
  child.stdin.on('error', () => {}); // a tool that ends early says why
  child.stdin.end(dump);
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  const errors = said
    .replace(NEW_OWNER_REFUSED, '')
    .split('\n')
    .filter((line) => /ERROR: |FATAL: |error: /.test(line) && !HARMLESS.test(line));
  if (errors.length > 0) throw new Error(said.slice(0, 1000));
}

/** A line before each entry, as pg_dump writes it. */
const ENTRY = /^--\n-- (?:Data for )?Name: (.*?); Type: (.*?); Schema: (.*?); Owner: (.*)\n--\n/m;

/**
 * All entries of pg_dump, which state owners, comments, grants and sequences' values, and all rows in an order of their
 * own.
 */
async function facts(server: RunningServer, database: string): Promise<Facts> {
  const found = new Map<string, string>();
  const dumped = await text(openDump(server, database, ['--format=plain', '--schema-only']));
  const parts = dumped
    .replace(/^\\(un)?restrict .*$/gm, '')
    .replace(/^--\n-- PostgreSQL database dump complete$[\s\S]*/m, '')
    .split(ENTRY);
  // what a split with groups gives: the head, then name, kind, schema, owner and text of each entry
  for (let at = 1; at + 4 < parts.length; at += 5) {
    const [name, kind, schema, owner, sql = ''] = parts.slice(at, at + 5);
    const subject = `${kind} ${schema} ${name}`;
    // the head of a group of objects counts as part of the one before
    const content = `${owner}\n${sql.replace(/^SET .*$/gm, '').trim()}`;
    found.set(subject, kind?.endsWith('ACL') ? content.split('\n').toSorted().join('\n') : content);
  }
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.username,
    password: server.password,
    database,
  });
  await client.connect();
  try {
    await client.query("SET TIME ZONE 'UTC'; SET extra_float_digits = 3; SET row_security = off");
    const { rows } = await client.query<{ name: string; kind: string; populated: boolean; owner: string; acl: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind, c.relispopulated AS populated
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'm', 'S', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`,
    );
    for (const { name, kind, populated } of rows) {
      const of = kind === 'S' ? `(SELECT last_value, is_called FROM ${name})` : `ONLY ${name}`;
      const query = populated
        ? `SELECT t::text AS row FROM ${kind === 'S' ? of : kind === 'r' ? of : name} t`
        : "SELECT 'not populated' AS row";
      const answer = await client.query<{ row: string }>(query).then(
        ({ rows: all }) =>
          all
            .map(({ row }) => row)
            .toSorted()
            .join('\n'),
        (error: Error) => `error: ${error.message}`,
      );
      found.set(`rows of ${kind} ${name}`, answer);
    }
    const invalid = await client.query(
      'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid ORDER BY 1',
    );
    found.set('invalid indexes', JSON.stringify(invalid.rows));
    const objects = await client.query(
      "SELECT m.oid::text, pg_get_userbyid(m.lomowner) AS owner, array(SELECT unnest(lomacl)::text ORDER BY 1) AS acl, encode(lo_get(m.oid), 'hex') AS bytes, obj_description(m.oid, 'pg_largeobject') AS comment FROM pg_largeobject_metadata m ORDER BY m.oid",
    );
    found.set('large objects', JSON.stringify(objects.rows));
    const schemas = await client.query(
      "SELECT nspname, pg_get_userbyid(nspowner) AS owner, array(SELECT unnest(nspacl)::text ORDER BY 1) AS acl FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)' ORDER BY 1",
    );
    found.set('schemas', JSON.stringify(schemas.rows));
  } finally {
    await client.end();
  }
  return found;
}
