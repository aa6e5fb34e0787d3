import { describe, expect, it } from 'vitest';
import { superuserDemand } from '../../../../lib/formats/pg-dump/archive/superuser-demand.ts';

const demand = (desc: string, definition: string, tag = 'x') => superuserDemand({ desc, tag, definition }, true);

describe('an object that only a superuser may create', () => {
  it.each([
    [
      'FUNCTION',
      "CREATE FUNCTION app.f(a integer) RETURNS integer\n    LANGUAGE c STRICT\n    AS '$libdir/x', 'f';",
      'language c',
    ],
    ['FUNCTION', 'CREATE FUNCTION app.f() RETURNS integer LANGUAGE plpython3u AS $$ 1 $$;', 'language plpython3u'],
    ['FUNCTION', 'CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql LEAKPROOF AS $$ SELECT 1 $$;', 'LEAKPROOF'],
    ['FUNCTION', 'CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql SUPPORT pg_catalog.s AS $$ $$;', 'support'],
    ['TYPE', 'CREATE TYPE app.t (\n    INPUT = app.i,\n    OUTPUT = app.o\n);', 'base type'],
    ['SHELL TYPE', 'CREATE TYPE app.t;', 'base type'],
    ['CAST', 'CREATE CAST (app.a AS app.b) WITHOUT FUNCTION;', 'without a function'],
    ['CAST', 'CREATE CAST (integer AS text) WITH FUNCTION app.f(integer);', 'own types'],
    ['AGGREGATE', 'CREATE AGGREGATE app.a(integer) (\n    SFUNC = s,\n    STYPE = internal\n);', 'internal'],
    [
      'OPERATOR CLASS',
      'CREATE OPERATOR CLASS app.c FOR TYPE integer USING btree AS STORAGE integer;',
      'operator class',
    ],
    ['FOREIGN TABLE', "CREATE FOREIGN TABLE app.t (a integer) SERVER s OPTIONS (filename '/etc/passwd');", 'filename'],
  ])('%s: %s', (desc, definition, told) => {
    expect(
      demand(desc, definition, desc === 'CAST' && definition.includes('app.a') ? 'CAST (app.a AS app.b)' : 'x'),
    ).toContain(told);
  });

  it.each([
    [
      'FUNCTION',
      "CREATE FUNCTION app.f(language text) RETURNS public.language LANGUAGE sql AS $$ SELECT 'language c' $$;",
    ],
    ['FUNCTION', 'CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT leakproof FROM app.t; END;'],
    ['TYPE', "CREATE TYPE app.t AS ENUM ('base');"],
    ['AGGREGATE', 'CREATE AGGREGATE app.a(integer) (\n    SFUNC = s,\n    STYPE = integer\n);'],
    ['FOREIGN TABLE', "CREATE FOREIGN TABLE app.t (filename text) SERVER s OPTIONS (table_name 'filename');"],
    ['TABLE', 'CREATE TABLE app.t (a integer);'],
  ])('can be left to the role of a restore: %s: %s', (desc, definition) => {
    expect(demand(desc, definition)).toBeUndefined();
  });
});
