import { describe, expect, it } from 'vitest';
import { heldEntries, type PlainStep, plainStep } from '../../../../lib/formats/pg-dump/plain/steps.ts';

const step = (text: string) => plainStep(text, true);
const held = (text: string) => (step(text) as Extract<PlainStep, { kind: 'hold' }>).entries;

describe('what the role of a restore must own before it drops an object', () => {
  it.each([
    ['DROP TABLE IF EXISTS public."a.b";', 'TABLE "public"."a.b"'],
    ['DROP TRIGGER IF EXISTS "on" ON app.t;', 'TABLE "app"."t"'],
    ['ALTER TABLE IF EXISTS ONLY app.t DROP CONSTRAINT IF EXISTS t_pkey;', 'TABLE "app"."t"'],
    ['ALTER TABLE app.t DISABLE ROW LEVEL SECURITY;', 'TABLE "app"."t"'],
    ['DROP FUNCTION IF EXISTS app.f(a integer, "b(" text);', 'FUNCTION "app"."f"(a integer, "b(" text)'],
    ['DROP OPERATOR IF EXISTS app.=== (app.pair, app.pair);', 'OPERATOR "app".===(app.pair, app.pair)'],
    ['CREATE OR REPLACE VIEW app.v AS\nSELECT\n    NULL::integer AS id;', 'VIEW "app"."v"'],
    ["SELECT pg_catalog.lo_unlink('4711');", 'LARGE OBJECT 4711'],
    [
      "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = '4712';",
      'LARGE OBJECT 4712',
    ],
    ['DROP INDEX IF EXISTS app.i;', undefined],
    ['DROP CAST IF EXISTS (app.pair AS text);', undefined],
  ])('%s', (text, object) => {
    expect(step(text)).toMatchObject({ kind: 'drop', object });
  });
});

it.each([
  ["CREATE FUNCTION app.f() RETURNS integer LANGUAGE c AS 'lib', 'f';", 'a function in the language c'],
  ['CREATE ACCESS METHOD am TYPE TABLE HANDLER heap_tableam_handler;', 'an access method'],
  ['CREATE TYPE app.shell;', 'a base type'],
  ['CREATE CAST (app.a AS text) WITHOUT FUNCTION;', 'a cast without a function'],
  ['CREATE CAST (integer AS text) WITH FUNCTION app.f(integer);', "a cast between PostgreSQL's own types"],
  ['CREATE OPERATOR FAMILY app.of USING btree;', 'an operator family'],
  ["CREATE FOREIGN TABLE app.ft (a integer) SERVER s OPTIONS (filename '/etc/passwd');", 'the option filename'],
])('needs a superuser for %s', (text, what) => {
  expect(step(text)).toEqual({ kind: 'demand', what });
});

it.each([
  'CREATE TYPE app.mood AS ENUM ();',
  'CREATE CAST (app.a AS text) WITH FUNCTION app.f(app.a);',
  'CREATE PUBLICATION p FOR TABLE app.t;',
  "COMMENT ON TABLE app.t IS 'OWNER TO x';",
  'ALTER TABLE app.t ALTER COLUMN owner SET DEFAULT 1;',
  "SELECT pg_catalog.lowrite(0, 'x');",
])('lets the role run %s', (text) => {
  expect(step(text)).toEqual({ kind: 'load' });
});

describe('what is deferred until the role has committed', () => {
  it('an owner, whatever kind of relation it is for', () => {
    const entries = held('ALTER TABLE app.v OWNER TO "own er;";');
    expect(entries.map(({ desc }) => desc)).toContain('MATERIALIZED VIEW');
    for (const entry of entries) expect(entry).toMatchObject({ namespace: 'app', tag: 'v', owner: 'own er;' });
  });

  it('grants, with the arguments that they name', () => {
    expect(held('GRANT ALL ON FUNCTION app.f(a integer, b text) TO reader;')).toMatchObject([
      { desc: 'ACL', namespace: 'app', tag: 'FUNCTION f(a integer, b text)' },
    ]);
    expect(held('REVOKE ALL ON SCHEMA public FROM PUBLIC;')).toMatchObject([{ desc: 'ACL', tag: 'SCHEMA public' }]);
  });

  it('event triggers with their owner, but not those that the dump does not create', () => {
    const texts = [
      'CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION app.f();',
      'ALTER EVENT TRIGGER e DISABLE;',
      'ALTER EVENT TRIGGER e OWNER TO postgres;',
      'ALTER EVENT TRIGGER other ENABLE ALWAYS;',
      'ALTER FOREIGN DATA WRAPPER w OWNER TO postgres;',
    ];
    expect(heldEntries(texts.flatMap(held), [])).toMatchObject([
      {
        desc: 'EVENT TRIGGER',
        tag: 'e',
        owner: 'postgres',
        definition: 'CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION app.f();\nALTER EVENT TRIGGER e DISABLE',
      },
    ]);
  });
});

it('finds the relation for rows, whatever follows its name in the statement', () => {
  expect(step('INSERT INTO "app"."t""x" (a) VALUES (1);')).toEqual({ kind: 'rows', schema: 'app', name: 't"x' });
  expect(step('COPY app.t (a) FROM stdin;')).toEqual({ kind: 'rows', schema: 'app', name: 't' });
  expect(step('SELECT pg_catalog.setval(\'app."S"\', 7, true);')).toEqual({ kind: 'rows', schema: 'app', name: 'S' });
});
