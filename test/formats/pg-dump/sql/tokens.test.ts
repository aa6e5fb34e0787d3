import { describe, expect, it } from 'vitest';
import { readSql } from '../../../../lib/formats/pg-dump/sql/tokens.ts';

/** Each statement's tokens with spaces between; a string is `'…'`. */
const read = (text: string, standardStrings?: boolean) =>
  readSql(text, standardStrings).statements.map((tokens) =>
    tokens.map(({ kind, value }) => (kind === 'string' ? "'…'" : value)).join(' '),
  );

describe('statements are split', () => {
  it.each([
    ["COMMENT ON TABLE t IS 'a; ''b''; --'; SELECT 1", ["comment on table t is '…'", 'select 1']],
    ["SELECT E'\\'; DROP'; X", ["select '…'", 'x']],
    ["SELECT '\\'; DROP TABLE t; --'", ["select '…'", 'drop table t']],
    // the server joins the two into one string; each of them ends where it does for the server
    ["SELECT 'a'\n'; b'; X", ["select '…' '…'", 'x']],
    ['SELECT $$ ; $a$ ; $$, $a$ $$ ; $b$ ; $a$; X', ["select '…' , '…'", 'x']],
    ['SELECT a$b$; X; $b$', undefined],
    ['SELECT $1, a$1; X', ['select $1 , a$1', 'x']],
    ["SELECT '&;', \"&;\", U &'a;'; X", ["select '…' , &; , u & '…'", 'x']],
    ['SELECT "a; ""b" FROM "c"; X', ['select a; "b from c', 'x']],
    ['SELECT 1.5e+20, .5, a.b[1:2], "ä""ß", ÄÖ; X', ['select 1.5e+20 , .5 , a . b [ 1 : 2 ] , ä"ß , ÄÖ', 'x']],
    ['SELECT 1 /* a; /* nested; */ ; */ + 2; X', ['select 1 + 2', 'x']],
    ['SELECT 1 --; no\n; X', ['select 1', 'x']],
    ['SELECT 1+--; no\n2; X', ['select 1 + 2', 'x']],
    ["SELECT B'1;0', x'a;', N'b;'; X", ["select '…' , '…' , n '…'", 'x']],
    ['CREATE RULE r AS ON INSERT TO v DO (A; B); X', ['create rule r as on insert to v do ( a ; b )', 'x']],
    ['; ;; SELECT 1;;', ['select 1']],
  ])('in %s', (text, expected) => {
    if (expected === undefined) expect(() => read(text)).toThrow();
    else expect(read(text)).toEqual(expected);
  });

  it('with backslash escapes in strings if the session reads them so', () => {
    expect(read("SELECT '\\'; X'; Y", false)).toEqual(["select '…'", 'y']);
    expect(read("SELECT N'\\'; X'; Y", false)).toEqual(["select n '…'", 'y']);
  });

  it.each([
    ['CASE a WHEN 1 THEN CASE b WHEN 2 THEN 3 END END; SELECT 1 AS "end";', 1],
    ['', 1],
    // columns of these names do not move the body's end
    ['SELECT 1 AS case; END; CREATE ROLE evil; SELECT 1 AS', 3],
    ['SELECT 1 case; END; SELECT lo_export(1, $$f$$); SELECT 1', 3],
  ])('around a body: BEGIN ATOMIC %s END', (body, count) => {
    expect(read(`CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC ${body} END;`)).toHaveLength(count);
  });

  it('with a body only in functions and procedures', () => {
    expect(read('COMMENT BEGIN ATOMIC; CREATE ROLE evil; END')).toHaveLength(3);
    expect(read('CREATE FUNCTION f(begin atomic) LANGUAGE c; CREATE ROLE evil; END')).toHaveLength(3);
  });
});

it.each([
  ["U&'\\0027'", 'Unicode escapes'],
  ['U&"d\\0061t"', 'Unicode escapes'],
  ["'a", 'no end'],
  ["E'a\\'", 'no end'],
  ['$a$ $b$', 'no end'],
  ['"a', 'no end'],
  ['/* /* */', 'no end'],
  ["'a\0b'", 'zero byte'],
  ['SELECT 1 \\! ls', "can't be read"],
  // white space for some versions of PostgreSQL
  ['SELECT \v1', 'vertical tab'],
  // a backslash in the second part escapes, as it does in the first
  ["SELECT E'a'\n'\\'; b'; X", 'continues on another line'],
  ["SELECT E'a' -- c\n  '\\'; b'; X", 'continues on another line'],
  ['( ; x', 'parentheses'],
  [') ; x (', 'parentheses'],
  ['CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;', 'no end'],
])('refuses %j', (text, why) => {
  expect(() => readSql(text)).toThrow(why);
});

it.each([
  ["'", "''"],
  ['"', '""'],
  ['-- ', 'x\n'],
  ['/*', '/**/'],
  ['$$', '$a'],
  ['(', '('],
  ['', "'' "],
  ['', "E'\\''\n"],
])('reads a text of %j and many %j in linear time', (start, part) => {
  const begun = performance.now();
  try {
    readSql(start + part.repeat(400_000));
  } catch {
    // most have no end
  }
  expect(performance.now() - begun).toBeLessThan(5000);
});
