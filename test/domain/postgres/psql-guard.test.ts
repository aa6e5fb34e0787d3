import { describe, expect, it } from 'vitest';
import { RestoreError } from '../../../lib/domain/errors.ts';
import { PsqlGuard, refuseMetaCommands } from '../../../lib/domain/postgres/psql-guard.ts';
import { collectUntilError, piecesOf, randomNumbers, randomPieces } from '../../support/chunks.ts';

const bytesOf = (sql: string | Buffer) => (typeof sql === 'string' ? Buffer.from(sql) : sql);
const guarded = (sql: string | Buffer, size = 1 << 20) =>
  collectUntilError(refuseMetaCommands(piecesOf(bytesOf(sql), size)));

async function expectPasses(sql: string | Buffer): Promise<void> {
  const bytes = bytesOf(sql);
  for (const size of [1, 2, 3, 79, 80, 81, 1 << 20]) {
    const { seen, error } = await guarded(bytes, size);
    expect(error).toBeUndefined();
    expect(seen.equals(bytes)).toBe(true);
  }
}

/** Refused at that command and line, and nothing of it or behind it comes out, however the dump is cut. */
async function expectRefused(sql: string, command: string, line: number): Promise<void> {
  const bytes = bytesOf(sql);
  const at = bytes.indexOf(command);
  for (const size of [1, 2, 7, 80, 81, 1 << 20]) {
    const { seen, error } = await guarded(bytes, size);
    expect(error).toBeInstanceOf(RestoreError);
    expect((error as Error).message).toContain(`line ${line}: the dump has the psql command ${command},`);
    expect(seen.length).toBeLessThanOrEqual(at);
    expect(seen.equals(bytes.subarray(0, seen.length))).toBe(true);
  }
}

const PG_DUMP = `--
-- PostgreSQL database dump
--

\\restrict a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6a1B

-- Dumped from database version 15.18; don't mind the quote
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE FUNCTION sales.f() RETURNS text LANGUAGE plpgsql AS $_$
BEGIN
  RETURN E'\\\\!' || $1 || '\\connect elsewhere'; -- \\! in a body
END $_$;

COMMENT ON TABLE sales.t IS 'it''s C:\\';

--
-- Data for Name: t; Type: TABLE DATA; Schema: sales; Owner: -
--

COPY sales.t (id, "odd ""name""; \\!", note) FROM stdin;
1\t\\N\t\\\\! \\t ' " $$ /* --
2\tc:\\\\temp\\\\\t;\\b\\f\\n\\r\\v
\\.


--
-- Data for Name: empty; Type: TABLE DATA; Schema: sales; Owner: -
--

COPY sales.empty (id) FROM stdin;
\\.


\\unrestrict a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6a1B

`;

describe('what comes out is what went in', () => {
  it('a dump as pg_dump writes it', async () => {
    await expectPasses(PG_DUMP);
    for (let seed = 0; seed < 200; seed++) {
      const { seen, error } = await collectUntilError(
        refuseMetaCommands(randomPieces(Buffer.from(PG_DUMP), 200, seed)),
      );
      expect(error).toBeUndefined();
      expect(seen.equals(Buffer.from(PG_DUMP))).toBe(true);
    }
  });

  it('every byte there is, UTF-8 or not', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).filter(
      (byte) => byte !== 0x5c && byte !== 0x27,
    );
    for (const [before, after] of [
      ["SELECT '", "';\n"],
      ['COPY t FROM stdin;\n', '\n\\.\n'],
      ['SELECT $$', '$$;\n'],
    ]) {
      await expectPasses(
        Buffer.concat([Buffer.from(before as string), Buffer.from(all), Buffer.from(after as string)]),
      );
    }
  });

  it('nothing, and a dump that ends inside of something', async () => {
    for (const sql of [
      '',
      ' ',
      "SELECT 'a",
      "SELECT 'a''",
      "SELECT E'a\\",
      'SELECT "',
      '/* /* */',
      '-- a',
      'SELECT $a$',
      'COPY t FROM stdin;\n1',
      '-',
      '$',
    ]) {
      await expectPasses(sql);
    }
  });

  it('but BEGIN and COMMIT as they stand around large objects, not where they only look like it', async () => {
    const body =
      "CREATE FUNCTION f() RETURNS int\nBEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND;\nSELECT 'BEGIN;\nCOMMIT;';\n";
    const copy = 'COPY t (word) FROM stdin;\nBEGIN;\nCOMMIT;\n\\.\n';
    for (const size of [1, 2, 3, 79, 80, 81, 1 << 20]) {
      const { seen, error } = await guarded(`BEGIN;\n\n${body}commit work ;\n${copy}/* c */ COMMIT;`, size);
      expect([error, seen.toString()]).toEqual([undefined, `\n\n${body}\n${copy}/* c */ `]);
    }
  });

  it('lets go of what it has looked at, so that memory is bounded', () => {
    const guard = new PsqlGuard();
    let out = 0;
    for (let index = 0; index < 100; index++) out += guard.push(Buffer.alloc(1000, 0x61)).length;
    expect(out).toBeGreaterThan(99_000);
  });
});

describe('a backslash that psql does not look at', () => {
  it.each([
    ["'\\! in a string'"],
    ["'it''s \\! in a string'"],
    ["'ends with one \\'"],
    ["E'\\' \\! \\\\'"],
    ["e'\\'' || '\\!'"],
    ["x E'a\\'b''\\'c \\!'"],
    ["U&'\\0061 \\!'"],
    ["B'0' || '\\!'"],
    ["'a'\n  '\\!'"],
    ["a.e'\\' \\! '"],
    ["'a'\r  '\\'"],
    ["E'a' ||\n  'C:\\'"],
    ['"an \\! identifier"'],
    ['"an ""\\!"" identifier"'],
    ['U&"\\0061 \\!"'],
    ['$$ \\! $$'],
    ['$tag$ $$ \\! $other$ $tag $tag$'],
    ['$_1é$ \\! $_1é$'],
    ['($$\\!$$)'],
    ['a$b || $$ \\! $$'],
    ['1 -- \\! comment'],
    ['1 --\\!'],
    ['1 /* \\! */'],
    ['1 /* /* \\! */ \\! */'],
    ['1 /* /*/ \\! */ */'],
    ["1 /* ' */ || '\\!' /* \" $$ */"],
  ])('SELECT %s', async (expression) => {
    await expectPasses(`SELECT ${expression};\n`);
    await expectPasses(`SELECT ${expression}\n;\nSELECT ${expression}\n`);
  });

  it.each([
    'COPY t FROM stdin;\n\\N\\\\\\.x\n\\.\n'.replace('\\.x', 'x'),
    'copy "FROM" (a, b) from STDIN;\n\\\\\\\\\n\\.\n',
    'COPY t FROM stdin WITH (FORMAT text);\n\\\\!\n\\.\n',
    '-- a comment\nCOPY t FROM stdin;\n\\\\!\n\\.\n',
    '/* a comment */ COPY t FROM stdin;\n\\\\!\n\\.\n',
    'SELECT 1; COPY t FROM stdin;\n\\\\!\n\\.\nSELECT 1;\n',
    'COPY t FROM stdin;\r\n\\\\!\r\n\\.\r\n',
    'COPY t FROM stdin;\n\\\\!\n\\.',
  ])('%j', async (sql) => expectPasses(sql));
});

describe('refused, with the line it stands on', () => {
  it.each([
    ['\\connect other', '\\connect', 1],
    ['\\c other', '\\c', 1],
    ['SELECT 1;\n\\! id\n', '\\!', 2],
    ['SELECT 1;\n  \\i /etc/passwd\n', '\\i', 2],
    ["\n\n\\copy t from '/etc/passwd'\n", '\\copy', 3],
    ['select 1 \\gexec\n', '\\gexec', 1],
    ['select 1\n  \\g | sh\n', '\\g', 2],
    ['\\restricted x\n', '\\restricted', 1],
    ['\\restrict\n', '\\restrict', 1],
    ['\\restrict `id`\n', '\\restrict', 1],
    ['\\restrict abc \\! id\n', '\\restrict', 1],
    ['SELECT 1;\n\\unrestrict abc \\! id\n', '\\unrestrict', 2],
    ['\\', '\\', 1],
    ["SELECT 'a\n\nb', E'c\\\nd', \"e\nf\", $$\n$$;\n/*\n/*\n*/*/ -- x\n\\! id\n", '\\!', 10],
    ['COPY t FROM stdin;\n1\n2\n\\.\n\\! id\n', '\\!', 5],
    ["SELECT 'a\\'; \\! id", '\\!', 1],
    ["SELECT some'\\' \\! id", '\\!', 1],
    ["SELECT aé'\\' \\! id", '\\!', 1],
    ["SELECT E'a\\\\' \\! id", '\\!', 1],
    ["SELECT E'a\\'' \\! id", '\\!', 1],
    ["SELECT E'a' '\\' \\! id", '\\!', 1],
    ["SELECT E'a' /*\n*/ '\\' \\! id '", '\\!', 2],
    ['SELECT a$$ \\! id $$', '\\!', 1],
    ['SELECT é$$ \\! id $$', '\\!', 1],
    ['SELECT $1$ \\! id $1$', '\\!', 1],
    ['SELECT $a$ $b$ $a$ \\! id $b$', '\\!', 1],
    ['/* /* */ */ \\! id', '\\!', 1],
    ['SELECT 1; -- x\\!\n\\! id', '\\! ', 2],
    ["COPY t FROM 'file';\n\\! id\n", '\\!', 2],
    ['COPY t TO stdout;\n\\! id\n', '\\!', 2],
    ["SELECT 'COPY t FROM stdin';\n\\! id\n", '\\!', 2],
    ['SELECT "COPY t FROM stdin";\n\\! id\n', '\\!', 2],
    ['-- COPY t FROM stdin;\n\\! id\n', '\\!', 2],
    ['SELECT 1; x COPY t FROM stdin;\n\\! id\n', '\\!', 2],
  ])('%j', async (sql, command, line) => expectRefused(sql, command.trimEnd(), line));

  it('an escape string behind 64 KiB of the same statement is one too', async () => {
    const rows = `INSERT INTO t VALUES ${"('abcdefgh'), ".repeat(10_000)}`;
    const { error } = await guarded(`${rows} (E'\\' \\! id');\n`, 1 << 16);
    expect(error).toBeUndefined();
    expect((await guarded(`${rows} (E'\\'') \\! id`)).error).toBeInstanceOf(RestoreError);
  });
});

/** Server and psql, or versions of psql, read these differently; pg_dump writes none of them. */
describe('what cannot be followed', () => {
  it.each([
    ["SELECT E'a'\n'\\'' \\! id '", 2],
    ["SELECT E'a' -- comment\n  '\\' \\! '", 2],
    ["SELECT E'a'\r'\\' \\! '", 1],
    ["SELECT 1'a'", 1],
    ["SELECT 1E'\\' \\! id '", 1],
    ['SELECT 1\n, $1$$ \\! id $$', 2],
    ['SELECT 1$$ \\! id $$', 1],
  ])('%j', async (sql, line) => {
    const { seen, error } = await guarded(sql);
    expect(error).toBeInstanceOf(RestoreError);
    expect((error as Error).message).toContain(`line ${line}: the dump is not as pg_dump writes it`);
    expect(seen).toHaveLength(0);
  });

  it('a carriage return ends a comment', async () => {
    await expectRefused('SELECT 1 -- x\r \\! id\n', '\\!', 1);
  });
});

/** psql ends a statement only outside of parentheses and BEGIN ATOMIC, so it may see SQL where COPY's rows seem to be. */
describe('what only looks like the rows of a COPY', () => {
  it.each([
    ['SELECT (;COPY t FROM stdin;\n\\! id\n', '\\!', 2],
    ['CREATE FUNCTION f() RETURNS void BEGIN ATOMIC SELECT 1;\nCOPY t FROM stdin;\n\\! id\n', '\\!', 3],
    ['COPY t FROM stdin; \\! id\n\\.\n', '\\!', 1],
    ['COPY t FROM stdin;\n\\.x\n', '\\.x', 2],
    ['COPY t FROM stdin;\nx\\.\n', '\\.', 2],
    ['COPY t FROM stdin;\n1\t\\g\n\\.\n', '\\g', 2],
    ['COPY t FROM stdin;\n\\\\\\! id\n\\.\n', '\\\\\\!', 2],
  ])('%j', async (sql, _, line) => {
    const { error } = await guarded(sql);
    expect(error).toBeInstanceOf(RestoreError);
    expect((error as Error).message).toContain(`line ${line}: `);
  });

  it('text behind the semicolon, which psql carries out after the rows', async () => {
    for (const tail of ["SELECT '", '/*', 'SELECT 1;', '--']) {
      const { error } = await guarded(`COPY t FROM stdin; ${tail}\n1\n\\.\n\\! id\n`);
      expect(error).toBeInstanceOf(RestoreError);
    }
  });
});

describe('strings in which every backslash escapes', () => {
  it.each(['off', 'OFF'])('SET standard_conforming_strings = %s', async (value) => {
    await expectPasses(`SET standard_conforming_strings = ${value};\nSELECT 'it\\' \\! s';\n`);
    await expectRefused(`SET standard_conforming_strings = ${value};\nSELECT '\\'' \\! id '\n`, '\\!', 2);
    await expectRefused(`SET standard_conforming_strings = ${value};\nSELECT x'\\' \\! id '\n`, '\\!', 2);
    await expectRefused(`SET standard_conforming_strings = ${value};\nSELECT U&'\\' \\! id '\n`, '\\!', 2);
    await expectRefused(
      `SET standard_conforming_strings TO ${value}; SET standard_conforming_strings=on;\nSELECT 'C:\\' \\! id\n`,
      '\\!',
      2,
    );
  });

  it.each(['fals', "'off'", 'DEFAULT', '0'])('SET standard_conforming_strings = %s is refused', async (value) => {
    const { error } = await guarded(`SELECT 1;\nSET standard_conforming_strings = ${value};\n`);
    expect(error).toBeInstanceOf(RestoreError);
    expect((error as Error).message).toMatch(/^line 2: .*standard_conforming_strings/);
  });
});

it('random cuts never change what is decided', async () => {
  const parts = [
    "'a\\'",
    "E'\\''",
    '"\\"',
    '$$\\$$',
    '$x$',
    '--\\\n',
    '/*',
    '*/',
    '\\',
    ' ',
    '\n',
    ';',
    'e',
    "'",
    'COPY t FROM stdin;\n',
    '\n\\.\n',
    '$1',
  ];
  const random = randomNumbers(42);
  for (let round = 0; round < 400; round++) {
    const sql = Array.from({ length: 30 }, () => parts[Math.floor(random() * parts.length)]).join('');
    const whole = await guarded(sql);
    for (const cut of [piecesOf(Buffer.from(sql), 1), randomPieces(Buffer.from(sql), 20, round)]) {
      const { seen, error } = await collectUntilError(refuseMetaCommands(cut));
      expect(String(error)).toBe(String(whole.error));
      if (whole.error === undefined) expect(seen.equals(Buffer.from(sql))).toBe(true);
    }
  }
});
