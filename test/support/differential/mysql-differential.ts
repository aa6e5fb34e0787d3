/** One random database, dumped by mysqldump or mariadb-dump, loaded by the plain client and by us. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { refusalOf } from '../mutants/mutant-source.ts';
import { jagadDump, loadWithClient, loadWithEngine } from '../mysql-load.ts';
import { drift, GONE, MYSQL_ACCOUNTS, randomMysql } from '../random/mysql-random.ts';
import { type Counts, differences, type Facts, type Loaded, verdict, type WantedDifference } from './differential.ts';

const DATABASE = 'shop';
const COPY = 'shop_copy';
/** May do anything in its two databases, and nothing else but what MySQL's dumps set for their session. */
const OWNER = { username: 'login', password: 'login' };

/** Seeds with dump options that matter to the reader; most seeds have Jagad's own options, as backups do. */
const OPTIONS = [
  ['--skip-extended-insert'],
  ['--complete-insert', '--hex-blob'],
  ['--skip-add-locks', '--skip-disable-keys'],
  ['--no-autocommit'],
  ['--replace'],
  ['--insert-ignore'],
];

export const WANTED: readonly WantedDifference[] = [
  {
    reason: 'an object whose definer the target lacks is defined by the user that restores: it could not be used',
    is: (_, theirs, ours) => theirs !== undefined && withoutGone(theirs) === withoutGone(ours ?? ''),
  },
  {
    reason: 'so a view of such a definer can be read after our load, and after the client’s it can’t',
    is: (subject, theirs) => /^rows of view /.test(subject) && isUnusable(theirs),
  },
  {
    reason: 'and a server tells a view that it can’t read otherwise, or its columns not at all',
    is: (subject, theirs, _, allTheirs) => {
      const [, what, view] = /^(COLUMNS|TABLES|VIEWS?) (.*?)(?: \. .*)?$/s.exec(subject) ?? [];
      return (theirs === undefined || what !== 'COLUMNS') && isUnusable(allTheirs.get(`rows of view ${view}`));
    },
  },
  {
    reason:
      'MySQL says that an empty table begins at 1 if its keys were added, and otherwise nothing: it begins at 1 as well',
    is: (subject, theirs = '', ours = '') =>
      subject.startsWith('TABLES ') && theirs.replace(NOT_COUNTED, '') === ours.replace(NOT_COUNTED, ''),
  },
];

const WANTED_OF_COPIES: readonly WantedDifference[] = [
  ...WANTED,
  {
    reason: 'events of a copy are disabled: they would do again what those of the original do',
    is: (subject, theirs = '', ours) =>
      /^EVENTS? /.test(subject) &&
      theirs.replace(/ ENABLE (?=DO |COMMENT )/, ' DISABLE ').replace(/^STATUS=ENABLED$/m, 'STATUS=DISABLED') === ours,
  },
];

const NOT_COUNTED = /^AUTO_INCREMENT=(?:1|NULL)$/m;

/** ER_NO_SUCH_USER and ER_VIEW_INVALID. */
function isUnusable(rows: string | undefined): boolean {
  return /^error: (1449|1356)\b/.test(rows ?? '');
}

function withoutGone(text: string): string {
  return text
    .replaceAll(new RegExp(`([\`"]?)(${GONE}|root)\\1@([\`"]?)(%|localhost)\\3`, 'g'), 'DEFINER')
    .replace(/^IS_UPDATABLE=.*$/m, ''); // NO for what can't be read
}

/** Prepares a server for many seeds. */
export async function prepareMysql(server: RunningServer): Promise<void> {
  const client = await connect(server);
  for (const account of MYSQL_ACCOUNTS) await client.query(account);
  await client.query(`CREATE USER ${OWNER.username}@'%' IDENTIFIED BY '${OWNER.password}'`);
  for (const database of ['shop', 'shop\\_copy'])
    await client.query(`GRANT ALL ON \`${database}\`.* TO ${OWNER.username}@'%'`);
  if (server.dbType === 'mysql') await client.query(`GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO ${OWNER.username}@'%'`);
  await client.end();
}

/** @returns what is wrong, as lines to read; empty if nothing is wrong. */
export async function differMysql(server: RunningServer, seed: number, counts: Counts): Promise<string[]> {
  const flavour = server.dbType === 'mysql' ? 'mysql' : 'mariadb';
  const byOwner = seed % 7 === 4 || seed % 7 === 6;
  const login = byOwner ? { ...server, ...OWNER } : server;
  const target = byOwner ? COPY : DATABASE;
  await empty(server, DATABASE);
  const statements = randomMysql(seed, flavour);
  counts.made += statements.length;
  await run(server, DATABASE, [`CREATE USER IF NOT EXISTS '${GONE}'@'%'`, `GRANT ALL ON *.* TO '${GONE}'@'%'`]);
  counts.taken += await run(login, DATABASE, statements);
  const options = seed % 3 === 0 ? (OPTIONS[(seed / 3) % OPTIONS.length] as string[]) : [];
  const dump = await jagadDump(server, DATABASE, (made) => buffer(made), options).catch((error: Error) => error);
  if (dump instanceof Error) return []; // a dump that failed isn't a backup
  await run(server, DATABASE, [`DROP USER '${GONE}'@'%'`]);
  const theirs = () => loadWithClient(login, target, Readable.from([dump]));
  const ours = () =>
    loadWithEngine(login, target, Readable.from([dump]) as AsyncIterable<Buffer>, { sessions: 1 + (seed % 4) });
  const refusal = refusalOf(dump, flavour);
  if (refusal !== undefined) {
    await empty(server, target);
    const { error } = await loaded(server, target, theirs);
    return error === undefined ? [`verification refuses it, and the plain client loads it: ${refusal}`] : [];
  }
  const source = byOwner ? await facts(server, DATABASE) : undefined;
  const wanted = byOwner ? WANTED_OF_COPIES : WANTED;
  const found: string[] = [];
  await empty(server, target);
  const first = await loaded(server, target, theirs);
  const later = drift(seed, tablesOf(first.facts));
  const changes = await run(login, target, later);
  const third = await loaded(server, target, theirs);
  await empty(server, target);
  const second = await loaded(server, target, ours);
  found.push(...verdict(first, second, wanted).map((line) => `into nothing: ${line}`));
  // a change of a view whose definer is missing is possible after our load alone
  const areSame = (await run(login, target, later)) === changes;
  const fourth = await loaded(server, target, ours);
  if (areSame && found.length === 0)
    found.push(...verdict(third, fourth, wanted).map((line) => `over a changed one: ${line}`));
  if (source !== undefined) {
    const now = await facts(server, DATABASE);
    found.push(...differences(source, now, []).map((line) => `the source has changed: ${line}`));
  }
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

function tablesOf(found: Facts): string[] {
  return [...found.keys()].flatMap((subject) => /^rows of (?:BASE TABLE|VIEW|view) (.*)$/s.exec(subject)?.[1] ?? []);
}

async function empty(server: RunningServer, database: string): Promise<void> {
  const client = await connect(server);
  await client.query(`DROP DATABASE IF EXISTS ${database}`);
  await client.query(`CREATE DATABASE ${database}`);
  await client.end();
}

/** @returns how many of the statements the server took */
async function run(server: RunningServer, database: string, statements: readonly string[]): Promise<number> {
  const client = await connect(server);
  await client.query(`USE ${database}`);
  let taken = 0;
  for (const statement of statements) {
    const ok = await client.query(statement).then(
      () => true,
      () => false,
    );
    if (ok) taken++;
  }
  await client.end();
  return taken;
}

async function connect({ host, port, username: user, password }: RunningServer) {
  const client = await createConnection({ host, port, user, password, charset: 'utf8mb4' });
  client.on('error', () => {});
  return client;
}

/** What changes with the time, or is an estimate. */
const NOT_COMPARED =
  /^(CREATE_TIME|UPDATE_TIME|CHECK_TIME|DATA_LENGTH|INDEX_LENGTH|DATA_FREE|AVG_ROW_LENGTH|TABLE_ROWS|MAX_DATA_LENGTH|CHECKSUM|CARDINALITY|CREATED|LAST_ALTERED|LAST_EXECUTED|TEMPORARY|MAX_INDEX_LENGTH)$/i;
/** Of `information_schema`: the table, its column for the schema, and those that name a row. */
const SCHEMA: [table: string, schema: string, names: string[]][] = [
  ['TABLES', 'TABLE_SCHEMA', ['TABLE_NAME']],
  ['COLUMNS', 'TABLE_SCHEMA', ['TABLE_NAME', 'COLUMN_NAME']],
  ['STATISTICS', 'TABLE_SCHEMA', ['TABLE_NAME', 'INDEX_NAME', 'SEQ_IN_INDEX']],
  ['REFERENTIAL_CONSTRAINTS', 'CONSTRAINT_SCHEMA', ['TABLE_NAME', 'CONSTRAINT_NAME']],
  ['VIEWS', 'TABLE_SCHEMA', ['TABLE_NAME']],
  ['TRIGGERS', 'TRIGGER_SCHEMA', ['TRIGGER_NAME']],
  ['ROUTINES', 'ROUTINE_SCHEMA', ['ROUTINE_TYPE', 'ROUTINE_NAME']],
  ['PARAMETERS', 'SPECIFIC_SCHEMA', ['ROUTINE_TYPE', 'SPECIFIC_NAME', 'ORDINAL_POSITION']],
  ['EVENTS', 'EVENT_SCHEMA', ['EVENT_NAME']],
  ['PARTITIONS', 'TABLE_SCHEMA', ['TABLE_NAME', 'PARTITION_NAME', 'SUBPARTITION_NAME']],
];

async function facts(server: RunningServer, database: string): Promise<Facts> {
  const client = await connect(server);
  const found = new Map<string, string>();
  // bytes as they are stored
  for (const setting of [`USE ${database}`, "SET time_zone = '+00:00', character_set_results = NULL"])
    await client.query(setting);
  if (server.dbType === 'mysql') await client.query('SET information_schema_stats_expiry = 0');
  const rows = async (sql: string): Promise<Record<string, string | null>[]> => {
    const [answer] = await client.query<RowDataPacket[]>({
      sql,
      typeCast: (field) => field.buffer()?.toString('latin1') ?? null,
    });
    return answer as Record<string, string | null>[];
  };
  const text = (row: Record<string, string | null>) =>
    Object.entries(row)
      .filter(([name]) => !NOT_COMPARED.test(name))
      .map(([name, value]) => `${name}=${value ?? 'NULL'}`)
      .join('\n');
  const add = async (subject: string, sql: string) => {
    const answer = await rows(sql).then(
      (all) => all.map(text).toSorted().join('\n---\n'),
      (error: { errno?: number; message: string }) => `error: ${error.errno} ${error.message}`,
    );
    found.set(subject, answer);
  };
  const name = (bytes: string | null | undefined) => Buffer.from(bytes ?? '', 'latin1').toString('utf8');
  const quote = (bytes: string | null | undefined) => `\`${name(bytes).replaceAll('`', '``')}\``;
  try {
    const columns = new Map<string, string[]>();
    for (const [table, schema, names] of SCHEMA) {
      for (const row of await rows(
        `SELECT * FROM information_schema.${table} WHERE ${schema} = '${database}'${table === 'COLUMNS' ? ' ORDER BY ORDINAL_POSITION' : ''}`,
      )) {
        found.set(`${table} ${names.map((one) => name(row[one])).join(' . ')}`, text(row));
        if (table === 'COLUMNS')
          columns.set(name(row.TABLE_NAME), [...(columns.get(name(row.TABLE_NAME)) ?? []), quote(row.COLUMN_NAME)]);
      }
    }
    for (const { TABLE_NAME, TABLE_TYPE } of await rows(
      `SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database}'`,
    )) {
      const kind = TABLE_TYPE === 'VIEW' ? 'VIEW' : TABLE_TYPE === 'SEQUENCE' ? 'SEQUENCE' : 'TABLE';
      await add(`${kind} ${name(TABLE_NAME)}`, `SHOW CREATE ${kind} ${quote(TABLE_NAME)}`);
      const of = columns.get(name(TABLE_NAME)) ?? ['*'];
      await add(
        `rows of ${TABLE_TYPE === 'VIEW' ? 'view' : TABLE_TYPE} ${name(TABLE_NAME)}`,
        `SELECT ${of.join(', ')} FROM ${quote(TABLE_NAME)}`,
      );
    }
    for (const { TRIGGER_NAME } of await rows(
      `SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '${database}'`,
    ))
      await add(`TRIGGER ${name(TRIGGER_NAME)}`, `SHOW CREATE TRIGGER ${quote(TRIGGER_NAME)}`);
    for (const { ROUTINE_NAME, ROUTINE_TYPE } of await rows(
      `SELECT ROUTINE_NAME, ROUTINE_TYPE FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '${database}'`,
    ))
      await add(`${ROUTINE_TYPE} ${name(ROUTINE_NAME)}`, `SHOW CREATE ${ROUTINE_TYPE} ${quote(ROUTINE_NAME)}`);
    for (const { EVENT_NAME } of await rows(
      `SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '${database}'`,
    ))
      await add(`EVENT ${name(EVENT_NAME)}`, `SHOW CREATE EVENT ${quote(EVENT_NAME)}`);
    await add('the database', `SHOW CREATE DATABASE ${database}`);
  } finally {
    await client.end();
  }
  return found;
}
