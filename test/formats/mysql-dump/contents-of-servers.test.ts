/** The contents read from a dump match what the dumped server reports. */
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MysqlContents, mysqlContents } from '../../../lib/formats/dump-contents.ts';
import { DumpAcceptance } from '../../../lib/formats/mysql-dump/judge/dump-acceptance.ts';
import { openSession, type Session } from '../../../lib/local/demo/session.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { everyCase } from '../../support/every-case.ts';
import { dumpOfStatements, emptyDatabase, jagadDump } from '../../support/mysql-load.ts';
import { GONE, MYSQL_ACCOUNTS, quoted, randomMysql } from '../../support/random/mysql-random.ts';
import { NO_MYSQL, startServer } from '../../support/servers.ts';
import { shapes } from '../../support/shapes/mysql-shapes.ts';

const WAYS: [how: string, args: string[]][] = [
  ['as Jagad does', []],
  ['in hex', ['--hex-blob']],
  ['with columns named', ['--complete-insert', '--hex-blob']],
  ['one row per INSERT', ['--skip-extended-insert']],
  ['as REPLACE', ['--replace']],
];
/** What could make a count of rows wrong. */
const ROWS = [
  'CREATE TABLE odd (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, a text, b blob, c bit(9), d double, e json)',
  "INSERT INTO odd (a, b, c, d, e) VALUES ('),(', x'28292c28275c0a00', b'1', -1.5e-30, '[\"),(\"]')",
  "INSERT INTO odd (a, b) VALUES ('it''s \\\\', x'5c'), ('\\\\''),(\\n\\r\\0', x''), (NULL, NULL), ('/* ),( */ -- ),( #', x'2c28')",
  // of every byte, and pairs of them
  "INSERT INTO odd (b) SELECT concat(char(n USING binary), x'28292c', char(n USING binary), char(n * 7 & 255 USING binary)) FROM numbers_of_bytes",
  'INSERT INTO odd (a) SELECT a FROM odd WHERE a IS NOT NULL',
];
const BYTES = [
  'CREATE TABLE numbers_of_bytes (n int PRIMARY KEY)',
  `INSERT INTO numbers_of_bytes VALUES ${Array.from({ length: 256 }, (_, n) => `(${n})`).join(',')}`,
];

/** A dump cut into odd chunks. */
function contentsOf(dump: Buffer): MysqlContents {
  const acceptance = new DumpAcceptance();
  for (let at = 0; at < dump.length; at += 4093) acceptance.push(dump.subarray(at, at + 4093));
  acceptance.end();
  const origin = { serverVersion: undefined, tool: undefined, database: 'source' };
  return mysqlContents.parse(acceptance.contents(dump.length, origin));
}

async function ofServer(session: Session, sql: string): Promise<string[]> {
  return (await session.rows(sql)).map((row) => Object.values(row).join(' | ')).sort();
}

/** Compares everything that both report. */
async function compare(session: Session, found: MysqlContents): Promise<void> {
  const tables = await ofServer(
    session,
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
  );
  expect(found.tables.map(({ name }) => name)).toEqual(tables);
  for (const { name, rows } of found.tables) {
    const [counted] = await session.rows(`SELECT count(*) AS n FROM ${quoted(name.replaceAll('`', '``'))}`);
    expect(`${name}: ${rows}`).toBe(`${name}: ${counted?.n}`);
  }
  expect(found.tables.map(({ name, engine, partitioned }) => `${name} | ${engine} | ${Number(partitioned)}`)).toEqual(
    await ofServer(
      session,
      "SELECT TABLE_NAME, ENGINE, CREATE_OPTIONS LIKE '%partitioned%' FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')",
    ),
  );
  const columns = found.tables.flatMap((table) =>
    table.columns.map(({ name, type, nullable, generated, auto_increment }) =>
      [table.name, name, type, nullable ? 'YES' : 'NO', generated ?? '', Number(auto_increment)].join(' | '),
    ),
  );
  expect(columns.sort()).toEqual(
    await ofServer(
      session,
      `SELECT c.TABLE_NAME, COLUMN_NAME, replace(COLUMN_TYPE, ' /*M!100301 COMPRESSED*/', ''), IS_NULLABLE,
        CASE WHEN EXTRA LIKE '%STORED GENERATED%' THEN 'stored' WHEN EXTRA LIKE '%VIRTUAL GENERATED%' THEN 'virtual' ELSE '' END,
        EXTRA LIKE '%auto_increment%' FROM information_schema.COLUMNS c JOIN information_schema.TABLES t
        USING (TABLE_SCHEMA, TABLE_NAME) WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')`,
    ),
  );
  await compareTexts(session, found);
  await compareKeys(session, found);
  await compareCode(session, found);
}

/** The collation of each column, given or not, is what the server has. */
async function compareTexts(session: Session, found: MysqlContents): Promise<void> {
  const defaults = new Map(
    (
      await session.rows(
        'SELECT CHARACTER_SET_NAME AS c, DEFAULT_COLLATE_NAME AS d FROM information_schema.CHARACTER_SETS',
      )
    ).map(({ c, d }) => [c as string, d as string]),
  );
  const collationOf = (one: { character_set: string | null; collation: string | null }) =>
    one.collation ?? (one.character_set === null ? undefined : defaults.get(one.character_set));
  const expected = new Map<string, string>();
  for (const table of found.tables) {
    for (const column of table.columns) {
      expected.set(`${table.name} | ${column.name}`, collationOf(column) ?? collationOf(table) ?? 'none');
    }
  }
  const columns = await session.rows(
    'SELECT TABLE_NAME AS t, COLUMN_NAME AS c, COLLATION_NAME AS n FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLLATION_NAME IS NOT NULL',
  );
  for (const { t, c, n } of columns) {
    const name = `${t} | ${c}`;
    // JSON has no character set, and the columns of views belong to no table
    const isJson = found.tables.some(
      (table) => table.name === t && table.columns.some((one) => one.name === c && one.type === 'json'),
    );
    if (expected.has(name) && !isJson) expect(`${name} | ${expected.get(name)}`).toBe(`${name} | ${n}`);
  }
}

async function compareKeys(session: Session, found: MysqlContents): Promise<void> {
  const keys = found.tables.flatMap((table) => [
    ...(table.primary_key === null ? [] : [`${table.name} | PRIMARY | 0 | ${table.primary_key.map(bare).join()}`]),
    ...table.keys.map(
      ({ name, unique, columns }) => `${table.name} | ${name} | ${Number(!unique)} | ${columns.map(bare).join()}`,
    ),
  ]);
  expect(keys.sort()).toEqual(
    await ofServer(
      session,
      `SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, group_concat(ifnull(COLUMN_NAME, '()') ORDER BY SEQ_IN_INDEX)
        FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()
        GROUP BY TABLE_NAME, INDEX_NAME, NON_UNIQUE`,
    ),
  );
  const foreign = found.tables.flatMap((table) =>
    table.foreign_keys.map(
      ({ name, columns, parent }) =>
        `${table.name} | ${name} | ${columns.join()} | ${parent.schema ?? 'source'} | ${parent.name} | ${parent.columns.join()}`,
    ),
  );
  expect(foreign.sort()).toEqual(
    await ofServer(
      session,
      `SELECT TABLE_NAME, CONSTRAINT_NAME, group_concat(COLUMN_NAME ORDER BY ORDINAL_POSITION), REFERENCED_TABLE_SCHEMA,
        REFERENCED_TABLE_NAME, group_concat(REFERENCED_COLUMN_NAME ORDER BY ORDINAL_POSITION)
        FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL
        GROUP BY TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME`,
    ),
  );
}

/** Views, routines, triggers and events, with what the server stores about their definitions. */
async function compareCode(session: Session, found: MysqlContents): Promise<void> {
  type Made = { name: string; character_set_client: string | null; collation_connection: string | null };
  const lines = (made: Made[]) =>
    made.map((one) => [one.name, one.character_set_client, one.collation_connection].join(' | ')).sort();
  const ofSchema = (what: string, name: string, where: string) =>
    ofServer(
      session,
      `SELECT ${name}, CHARACTER_SET_CLIENT, COLLATION_CONNECTION FROM information_schema.${what} WHERE ${where} = DATABASE()`,
    );
  expect(lines(found.views)).toEqual(await ofSchema('VIEWS', 'TABLE_NAME', 'TABLE_SCHEMA'));
  expect(lines(found.routines)).toEqual(await ofSchema('ROUTINES', 'ROUTINE_NAME', 'ROUTINE_SCHEMA'));
  expect(lines(found.triggers)).toEqual(await ofSchema('TRIGGERS', 'TRIGGER_NAME', 'TRIGGER_SCHEMA'));
  expect(lines(found.events)).toEqual(await ofSchema('EVENTS', 'EVENT_NAME', 'EVENT_SCHEMA'));
  expect(found.triggers.map(({ name, table, definer }) => `${name} | ${table} | ${definer}`)).toEqual(
    await ofServer(
      session,
      'SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()',
    ),
  );
}

/** A part of a key as the catalogue names it. */
function bare(part: string): string {
  return part.startsWith('(') ? '()' : part.replace(/ DESC$/, '').replace(/\(\d+\)$/, '');
}

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  let server: RunningServer;
  let session: Session;
  let isThere = false;
  beforeAll(async () => {
    const started = await startServer(dbType);
    if (started === undefined) return;
    server = started;
    session = await openSession(server, 'mysql');
    await session.rows('SET GLOBAL group_concat_max_len = 100000');
    await session.end();
    session = await openSession(server, 'mysql');
    await session.rows("SET sql_mode = ''");
    for (const account of [...MYSQL_ACCOUNTS, `CREATE USER '${GONE}'@'%'`]) await session.rows(account);
    isThere = true;
  });
  afterAll(async () => {
    await session?.end();
    await server?.stop();
  });
  beforeEach((context) => {
    if (!isThere) context.skip(NO_MYSQL);
  });

  it.each(WAYS)('lists everything in a database with all kinds of objects, dumped %s', async (_, args) => {
    const statements = [...shapes(dbType), ...BYTES, ...ROWS];
    const dump = await dumpOfStatements(server, statements, args);
    await session.rows('USE source');
    await compare(session, contentsOf(dump));
  });

  it('counts rows under NO_BACKSLASH_ESCAPES', async () => {
    const dump = await dumpOfStatements(server, [...BYTES, ...ROWS]);
    await session.rows('USE source');
    await session.rows("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES'");
    try {
      const escaped = await jagadDump(server, 'source', (made) => buffer(made), ['--skip-extended-insert']);
      for (const one of [dump, escaped]) await compare(session, contentsOf(one));
    } finally {
      await session.rows('SET GLOBAL sql_mode = DEFAULT');
    }
  });

  it.each(
    everyCase(
      [3, 12, 25, 31],
      Array.from({ length: 40 }, (_, at) => 100 + at),
    ),
  )('lists everything in a random database (seed %i)', async (seed) => {
    await emptyDatabase(server, 'source');
    const maker = await openSession(server, 'source');
    for (const statement of randomMysql(seed, dbType)) await maker.rows(statement).catch(() => {});
    await maker.end();
    const args = WAYS[seed % WAYS.length]?.[1];
    const dump = await jagadDump(server, 'source', (made) => buffer(made), args).catch(() => undefined);
    if (dump === undefined) return; // a dump that failed isn't a backup
    await session.rows('USE source');
    await compare(session, contentsOf(dump));
  });
});
