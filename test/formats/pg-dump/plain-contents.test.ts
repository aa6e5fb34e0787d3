import { describe, expect, it } from 'vitest';
import { type PostgresContents, postgresContents } from '../../../lib/formats/dump-contents.ts';
import { archiveContents } from '../../../lib/formats/pg-dump/contents.ts';
import { namedRoles } from '../../../lib/formats/pg-dump/named-roles.ts';
import { PlainDump } from '../../../lib/formats/pg-dump/plain/dump.ts';
import { PlainDumpContents } from '../../../lib/formats/pg-dump/plain-contents.ts';

function contentsOf(dump: string, size = 65536): PostgresContents {
  const bytes = Buffer.from(dump);
  const plain = new PlainDump();
  const found = new PlainDumpContents();
  for (let at = 0; at < bytes.length; at += size) {
    for (const piece of plain.push(bytes.subarray(at, at + size))) found.take(piece);
  }
  for (const piece of plain.end()) found.take(piece);
  const origin = { serverVersion: '15.18', tool: 'pg_dump 15.18', database: undefined };
  return postgresContents.parse(found.contents(bytes.length, origin));
}

const rowsOf = ({ objects }: PostgresContents) =>
  objects.filter(({ kind }) => kind === 'TABLE').map(({ name, rows, data_bytes }) => [name, rows, data_bytes]);

describe('the rows of plain SQL', () => {
  const TABLES = 'CREATE TABLE app.a (x text);\nCREATE TABLE app."a""b" (x text);\nCREATE TABLE app.a2 (x text);\n';

  it.each([1, 2, 3, 7, 65536])('are the lines of each COPY, in chunks of %i bytes', (size) => {
    const found = contentsOf(
      `${TABLES}COPY app.a (x) FROM stdin;\none\n\\\\.\n\n\\.\n\nCOPY app."a""b" FROM stdin;\n\\.\n\nCOPY app.a2 (x) FROM stdin;\n\n\\.\n`,
      size,
    );
    expect(rowsOf(found)).toEqual([
      ['a', 3, 9],
      ['a"b', 0, 0],
      ['a2', 1, 1],
    ]);
  });

  it('are those of each INSERT', () => {
    const found = contentsOf(
      `${TABLES}INSERT INTO app.a VALUES ('),('), (E'\\'),(');\nINSERT INTO app.a VALUES (NULL);\nINSERT INTO app.a2 (x) VALUES ('1');\nINSERT INTO app."a""b" DEFAULT VALUES;\n`,
    );
    expect(rowsOf(found).map(([name, rows]) => [name, rows])).toEqual([
      ['a', 3],
      ['a"b', 1],
      ['a2', 1],
    ]);
  });
});

it('lists what a plain dump creates, its owners and roles, and what needs a superuser', () => {
  const found = contentsOf(`SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;
CREATE FUNCTION app.f(n integer DEFAULT 1, OUT x text) RETURNS text LANGUAGE sql AS $$ SELECT 'CREATE TABLE no (a)' $$;
ALTER FUNCTION app.f(n integer, OUT x text) OWNER TO maker;
CREATE FUNCTION app.f(text) RETURNS text LANGUAGE plpythonu AS $$ x $$;
SET default_tablespace = fast;
CREATE TABLE app.t (id bigint NOT NULL);
ALTER TABLE app.t OWNER TO "the owner";
ALTER TABLE app.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME app.t_id_seq START WITH 1);
CREATE VIEW app.v AS SELECT NULL::bigint AS id;
ALTER TABLE app.v OWNER TO maker;
ALTER TABLE ONLY app.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX i ON ONLY app.t USING btree (id);
CREATE TRIGGER g BEFORE UPDATE OF id ON app.t FOR EACH ROW EXECUTE FUNCTION app.f();
ALTER TABLE ONLY app.t ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES other."T x"(id) NOT VALID;
CREATE OR REPLACE VIEW app.v AS SELECT t.id FROM app.t;
CREATE POLICY p ON app.t FOR SELECT TO reader, PUBLIC USING ((id > 0));
GRANT SELECT ON TABLE app.t TO "who, ever" WITH GRANT OPTION;
SELECT pg_catalog.lo_create('16400');
`);
  expect(found.objects.map(({ kind, table, name, owner }) => [kind, table, name, owner])).toEqual([
    ['CONSTRAINT', 't', 't_pkey', null],
    ['EXTENSION', null, 'citext', null],
    ['FK CONSTRAINT', 't', 'fk', null],
    ['FUNCTION', null, 'f(n integer, OUT x text)', 'maker'],
    ['FUNCTION', null, 'f(text)', null],
    ['INDEX', 't', 'i', null],
    ['POLICY', 't', 'p', null],
    ['SEQUENCE', null, 't_id_seq', 'the owner'],
    ['TABLE', null, 't', 'the owner'],
    ['TRIGGER', 't', 'g', null],
    ['VIEW', null, 'v', 'maker'],
  ]);
  expect(found.objects.find(({ kind }) => kind === 'FK CONSTRAINT')?.references).toEqual({
    schema: 'other',
    name: 'T x',
  });
  expect(found).toMatchObject({
    ...{ encoding: 'UTF8', extensions: ['citext'], owners: ['maker', 'the owner'], tablespaces: ['fast'] },
    ...{ granted_roles: ['reader', 'who, ever'], large_objects: { count: 1, data_bytes: 0 } },
    superuser: [{ kind: 'FUNCTION', schema: 'app', name: 'f', what: 'a function in the language plpythonu' }],
  });
});

it.each([
  ['GRANT SELECT(a), UPDATE ON TABLE t TO a, "b c" WITH GRANT OPTION', ['a', 'b c']],
  ['REVOKE ALL ON SCHEMA s FROM PUBLIC; GRANT USAGE ON SCHEMA s TO x GRANTED BY y', ['x']],
  ['SET SESSION AUTHORIZATION z; GRANT ALL ON TABLE t TO x; RESET SESSION AUTHORIZATION', ['z', 'x']],
  ['ALTER DEFAULT PRIVILEGES FOR ROLE o IN SCHEMA s REVOKE ALL ON TABLES FROM r', ['r', 'o']],
  [
    'CREATE POLICY p ON t AS RESTRICTIVE FOR ALL TO a, CURRENT_USER USING (x IN (SELECT y FROM z)) WITH CHECK (true)',
    ['a'],
  ],
  ['CREATE POLICY p ON t USING (true)', []],
])('finds the roles in %s', (text, roles) => {
  expect(namedRoles(text, true)).toEqual(roles);
});

it('splits an archive entry by its dependencies: names may contain spaces', () => {
  const entry = (dumpId: number, desc: string, tag: string, dependencies: number[] = []) => ({
    ...{ dumpId, desc, namespace: 'app', tag, owner: 'o', hasData: false, dependenciesAt: 0, offsetAt: 0 },
    ...{ tablespace: '', definition: '', readsTables: false, demand: undefined, drop: '', dependencies },
  });
  const toc = {
    ...{ version: '1.14', serverVersion: '15.1', dumpVersion: '15.1', databaseName: 'd', encoding: 'UTF8' },
    ...{ locale: undefined, standardStrings: true, compression: 'gzip' as const },
    entries: [
      ...[entry(1, 'TABLE', 'a'), entry(2, 'TABLE', 'a b'), entry(3, 'TABLE DATA', 'a b', [2])],
      ...[entry(4, 'CONSTRAINT', 'a b c', [1]), entry(5, 'CONSTRAINT', 'a b c', [2]), entry(6, 'TRIGGER', 'a b x')],
    ],
  };
  const found = postgresContents.parse(archiveContents(toc, new Map([[3, 99]]), 1000));
  expect(found.objects.map(({ kind, table, name, data_bytes }) => [kind, table, name, data_bytes])).toEqual([
    ['CONSTRAINT', 'a', 'b c', null],
    ['CONSTRAINT', 'a b', 'c', null],
    ['TABLE', null, 'a', null],
    ['TABLE', null, 'a b', 99],
    ['TRIGGER', 'a b', 'x', null],
  ]);
  expect(found.archive?.entries).toEqual({ CONSTRAINT: 2, TABLE: 2, 'TABLE DATA': 1, TRIGGER: 1 });
});
