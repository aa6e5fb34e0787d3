/**
 * Honest archives that chance has changed, some of them with an attack in it. All are judged; of those that are accepted
 * some are loaded by plain pg_restore as a superuser: whatever they do, nothing outside of their database may change. So a
 * place where the judge reads SQL otherwise than the server shows as a role that the attack has made.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ArchiveReader } from '../../lib/domain/postgres/archive-reader.ts';
import { openDump } from '../../lib/local/demo/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { type EditedArchive, type EditedEntry, editArchive } from '../support/archive-editor.ts';
import { type Harness, runSql, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';

const MUTANTS = 2000;
const LOADED = 40;
const SENT = 20;
/** Of what is accepted; the rest of it is broken SQL, which loads in part. */
const LEAST_ACCEPTED = 0.3;

const SCHEMA = [
  'CREATE SCHEMA app',
  "CREATE TYPE app.state AS ENUM ('new', 'it''s', E'back\\\\')",
  `CREATE TABLE app.t (id int PRIMARY KEY, "a; b" text DEFAULT E'x\\\\y''z', state app.state DEFAULT 'new', CHECK ("a; b" <> ';'))`,
  "COMMENT ON TABLE app.t IS E'a \\\\ comment; with ''quotes'' -- and more'",
  "COMMENT ON COLUMN app.t.id IS 'plain'",
  'CREATE FUNCTION app.f(a int, b text DEFAULT $x$;$x$) RETURNS int LANGUAGE sql AS $_$ SELECT $1; $_$',
  `CREATE FUNCTION app.atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE a WHEN 1 THEN 2 ELSE 3 END; SELECT a; END`,
  "CREATE VIEW app.v AS SELECT id, '; --'::text AS odd FROM app.t",
  "CREATE RULE r AS ON INSERT TO app.v DO INSTEAD (DELETE FROM app.t WHERE false; SELECT ';')",
  'CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.t',
  'CREATE TABLE app.parts (kind text) PARTITION BY LIST (kind)',
  "CREATE TABLE app.parts_a PARTITION OF app.parts FOR VALUES IN ('a;', 'it''s')",
  'CREATE INDEX i ON app.t (lower("a; b")) WHERE "a; b" <> \';\'',
  'CREATE POLICY p ON app.t USING (id > 0)',
  'CREATE SEQUENCE app.s',
  'GRANT SELECT ON app.t TO PUBLIC',
  "SELECT lo_from_bytea(777, 'large')",
  "INSERT INTO app.t VALUES (1, 'one')",
];

const PAYLOAD = 'CREATE ROLE evil';
const FRAGMENTS = [
  `; ${PAYLOAD}; `,
  ...["'", "\\'", "''", '"', '$$', '$_$', '$x$', '*/', ')', 'END', "E'\\\\'", "'\n'"].map(
    (end) => `${end}; ${PAYLOAD}; --`,
  ),
  `'; ${PAYLOAD}; SELECT '`,
  `END; ${PAYLOAD}; SELECT 1`,
  `"; ${PAYLOAD}; SELECT "`,
  `$_$; ${PAYLOAD}; SELECT $_$`,
  `\n; ${PAYLOAD}; COMMENT ON TABLE app.t IS '`,
];
/** Pieces that shift where strings, comments and bodies begin and end, and by themselves do no harm. */
const PIECES = [
  "'",
  "''",
  "E'",
  "\\'",
  '\\',
  '"',
  '$$',
  '$_$',
  '--',
  '/*',
  '*/',
  '\n',
  ';',
  '(',
  ')',
  'CASE ',
  ' END',
  ' AS case',
  "N'",
  "B'1'",
];

/** In the place of a string: to the server, some are all text and some end early; a wrong reader takes one for the other. */
const LITERALS = [
  `E'x\\''; ${PAYLOAD}; --'`,
  `E'x\\'; ${PAYLOAD}; --'`,
  `E'x' \n '\\''; ${PAYLOAD}; --'`,
  `'x\\''; ${PAYLOAD}; --'`,
  `'x\\'; ${PAYLOAD}; --'`,
  `N'x\\''; ${PAYLOAD}; --'`,
  `$a$ ' $b$; ${PAYLOAD}; $b$ $a$`,
  `$a$x$a$; ${PAYLOAD}; --$a$`,
  `'x' /* /* */ ' */; ${PAYLOAD}; --'`,
  `'x'--'\n; ${PAYLOAD}; --'`,
  `U&'x\\0027; ${PAYLOAD}; --'`,
];

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mutate(archive: EditedArchive, random: () => number): void {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const inserted = (text: string, piece: string) => {
    const at = Math.floor(random() * (text.length + 1));
    return text.slice(0, at) + piece + text.slice(at);
  };
  const change = (one: EditedEntry, piece: string) => {
    const field = random() < 0.7 ? 'definition' : 'drop';
    if (one[field] !== '') one[field] = inserted(one[field], piece);
  };
  const { entries } = archive;
  const kind = random();
  const one = pick(entries);
  if (kind < 0.44) {
    // another spelling of the same, or of something as harmless
    const changes: ((text: string) => string)[] = [
      (text) => text.replaceAll('\n', ' \n\t'),
      (text) => text.replace(/'([^'\\]*)';\n$/, "'$1 -- $$1'';\n';\n"),
      (text) => text.replace(/\b(SELECT|TABLE|COMMENT|ON)\b/g, (word) => word.toLowerCase()),
      (text) => text.replace(/'([a-z]+)'/, "E'$1\\\\'''"),
      (text) => text.replace(/'([a-z]+)'/, '$$a$$$1;$$a$$'),
    ];
    const spelled = pick(changes);
    for (const each of entries)
      if (!/STRINGS|ENCODING|SEARCH/.test(each.desc)) each.definition = spelled(each.definition);
  } else if (kind < 0.5) {
    const other = pick(entries);
    [one.definition, other.definition] = [other.definition, one.definition];
  } else if (kind < 0.55) one.desc = pick(entries).desc;
  else if (kind < 0.62) entries.splice(entries.indexOf(one), 1);
  else if (kind < 0.78) change(one, pick(PIECES));
  else if (kind < 0.9) {
    const literal = pick(LITERALS);
    const comment = pick(
      entries.filter(({ definition }) => /'[^']+'/.test(definition) && !definition.startsWith('SE')),
    );
    comment.definition = comment.definition.replace(/'[^']+'/, () => literal);
  } else change(one, pick(FRAGMENTS));
  if (random() < 0.3) change(pick(entries), pick([...PIECES, ...FRAGMENTS]));
  const strings = entries.find(({ desc }) => desc === 'STDSTRINGS');
  if (strings !== undefined && random() < 0.1) strings.definition = "SET standard_conforming_strings = 'off';\n";
}

let server: RunningServer;
let harness: Harness;
let original: Buffer;
beforeAll(async () => {
  const started = await startServer('postgresql');
  if (started === undefined) throw new Error('no PostgreSQL');
  server = started;
  harness = await startHarness(server);
  await runSql(server, 'postgres', ['CREATE DATABASE source', 'CREATE DATABASE victim']);
  await runSql(server, 'victim', ['CREATE TABLE precious (a int)', 'INSERT INTO precious VALUES (1)']);
  await runSql(server, 'source', SCHEMA);
  original = await buffer(openDump(server, 'source'));
});
afterAll(async () => {
  await harness.stop();
  await server.stop();
});

function mutant(seed: number): Buffer {
  const archive = editArchive(original);
  mutate(archive, randomOf(seed));
  return archive.bytes();
}

function isAccepted(archive: Buffer): boolean {
  const reader = new ArchiveReader();
  try {
    reader.push(archive);
    reader.end();
    return true;
  } catch (error) {
    expect((error as Error).message).toMatch(/not accepted|half-way|not a sound/);
    return false;
  }
}

const witnesses = () =>
  Promise.all([
    runSql(server, 'postgres', ['SELECT rolname, rolsuper FROM pg_roles ORDER BY 1']),
    runSql(server, 'postgres', ["SELECT datname FROM pg_database WHERE datname NOT LIKE 'mutant%' ORDER BY 1"]),
    runSql(server, 'victim', ['SELECT * FROM precious']),
  ]);

it('change nothing outside of their database, accepted or not', async () => {
  const seeds = Array.from({ length: MUTANTS }, (_, index) => index + 1);
  const accepted = seeds.filter((seed) => isAccepted(mutant(seed)));
  const refused = seeds.filter((seed) => !accepted.includes(seed));
  expect(accepted.length).toBeGreaterThan(MUTANTS * LEAST_ACCEPTED);

  const before = await witnesses();
  const env = {
    ...{ PATH: process.env.PATH, PGHOST: server.host, PGPORT: String(server.port) },
    ...{ PGUSER: server.username, PGPASSWORD: server.password },
  };
  const pgRestore = server.binDir === undefined ? 'pg_restore' : join(server.binDir, 'pg_restore');
  // those that have the attack somewhere in them first: that is where it must be only text
  const dangerous = accepted.filter((seed) => mutant(seed).includes(PAYLOAD));
  const loaded = [...dangerous, ...accepted.filter((seed) => !dangerous.includes(seed))].slice(0, LOADED);
  for (const seed of loaded) {
    await runSql(server, 'postgres', ['DROP DATABASE IF EXISTS mutant', 'CREATE DATABASE mutant']);
    spawnSync(pgRestore, ['--clean', '--if-exists', '--dbname=mutant'], { env, input: mutant(seed) });
    expect([seed, await witnesses()]).toEqual([seed, before]);
  }
  for (const seed of refused.filter((_, index) => index % Math.floor(refused.length / SENT) === 0).slice(0, SENT)) {
    const backup = await harness.addBackup(harness.backups[1], gzipSync(mutant(seed)), {
      ...{ database_name: 'mutant_sent', size_bytes: null, checksum: null },
    });
    const ended = await harness.restore(backup, { target_database: 'mutant_sent' });
    expect([seed, ended.status]).toEqual([seed, 'failed']);
    expect([seed, await witnesses()]).toEqual([seed, before]);
  }
}, 300_000);
