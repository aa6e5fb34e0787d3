/**
 * Random small sources and targets for PostgreSQL, whose names meet: the same few names for tables, views, types, routines,
 * indexes and sequences, with other owners, rights and settings. Statements that the server refuses are skipped.
 */
import { type Chance, chance } from './chance.ts';
import type { RandomTarget } from './targets.ts';

const NAMES = ['a', 'b', 'c'];
const SCHEMAS = ['public', 'public', 's'];
const OWNERS = ['app', 'restorer', 'postgres'];

export function randomPostgresTarget(seed: number): RandomTarget {
  const random = chance(seed);
  return {
    asSuperuser: random.once(3),
    source: [
      ...random.list(3 + random.below(6), () => object(random)),
      ...(random.once(4) ? random.some(SOURCE_ONLY, 2) : []),
    ],
    target: [
      ...random.list(2 + random.below(6), () => object(random)),
      ...random.list(random.below(5), () => change(random)),
      ...(random.once(4) ? [] : ['GRANT ALL ON SCHEMA public TO restorer']),
      ...(random.once(3) ? random.some(TARGET_ONLY, 2) : []),
    ],
    around: random.some(AROUND, 2),
    after: [
      ...['ALTER ROLE restorer CONNECTION LIMIT -1', 'ALTER ROLE restorer RESET ALL', 'REVOKE app FROM restorer'],
      ...['ALTER DATABASE target CONNECTION LIMIT -1', 'ALTER DATABASE target RESET ALL'],
      'ALTER DATABASE target OWNER TO restorer',
    ],
  };
}

function object(random: Chance): string {
  const name = `${random.one(SCHEMAS)}.${random.one(NAMES)}`;
  const other = `${random.one(SCHEMAS)}.${random.one(NAMES)}`;
  const bare = random.one(NAMES);
  return random.one([
    'CREATE SCHEMA s',
    `CREATE TABLE ${name} (id int PRIMARY KEY, v text)`,
    `CREATE TABLE ${name} (id serial, v text DEFAULT 'x')`,
    `CREATE TABLE ${name} (id int, kept ${other})`,
    `CREATE TABLE ${name} (id int GENERATED ALWAYS AS IDENTITY, CONSTRAINT ${bare} UNIQUE (id))`,
    `INSERT INTO ${name} SELECT generate_series(1, 3)`,
    `ALTER TABLE ${name} ADD FOREIGN KEY (id) REFERENCES ${other} (id)`,
    `ALTER TABLE ${name} RENAME TO ${bare}_before`,
    `CREATE VIEW ${name} AS SELECT 1 AS id`,
    `CREATE VIEW ${name} AS SELECT * FROM ${other}`,
    `CREATE MATERIALIZED VIEW ${name} AS SELECT 1 AS id`,
    `CREATE SEQUENCE ${name}`,
    `CREATE INDEX ${bare} ON ${other} (id)`,
    `CREATE UNIQUE INDEX ${bare} ON ${other} (id)`,
    `CREATE TYPE ${name} AS ENUM ('one', 'two')`,
    `CREATE TYPE ${name} AS (one int, two text)`,
    `CREATE TYPE ${name} AS RANGE (subtype = float8)`,
    `CREATE DOMAIN ${name} AS int CHECK (VALUE > 0)`,
    `CREATE FUNCTION ${name}(int) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    `CREATE FUNCTION ${name}(int) RETURNS text LANGUAGE sql AS $$ SELECT '1' $$`,
    `CREATE PROCEDURE ${name}(int) LANGUAGE sql AS 'SELECT 1'`,
    `CREATE AGGREGATE ${name}(int) (sfunc = int4pl, stype = int)`,
    `CREATE TRIGGER ${bare} BEFORE INSERT ON ${other} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
    `CREATE COLLATION ${name} FROM "C"`,
    `CREATE EXTENSION ${random.one(['citext', 'hstore', 'pageinspect'])} SCHEMA ${random.one(SCHEMAS)}`,
    `CREATE TABLE ${name} (id int, c ${random.one(['citext', 's.citext', 'hstore'])})`,
    `CREATE PUBLICATION ${bare} FOR TABLE ${other}`,
    `CREATE TABLE ${name} (id int) PARTITION BY LIST (id)`,
    `CREATE TABLE ${name} PARTITION OF ${other} DEFAULT`,
    `ALTER TABLE ${name} OWNER TO ${random.one(OWNERS)}`,
    `GRANT SELECT ON ${name} TO app`,
    `CREATE TABLE ${name} (id int) TABLESPACE fast`,
  ]);
}

function change(random: Chance): string {
  const name = `${random.one(SCHEMAS)}.${random.one(NAMES)}`;
  const kind = random.one(['TABLE', 'VIEW', 'SEQUENCE', 'TYPE', 'DOMAIN', 'MATERIALIZED VIEW', 'SCHEMA']);
  return random.one([
    `ALTER ${kind} ${kind === 'SCHEMA' ? 's' : name} OWNER TO ${random.one(OWNERS)}`,
    `ALTER ROUTINE ${name}(int) OWNER TO ${random.one(OWNERS)}`,
    `CREATE VIEW extra AS SELECT * FROM ${name}`,
    `CREATE TABLE extra (v ${name})`,
    `CREATE FUNCTION extra(${name}) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    `CREATE TABLE s.extra (id int REFERENCES ${name} (id))`,
    `CREATE TABLE extra_child () INHERITS (${name})`,
  ]);
}

const SOURCE_ONLY = [
  'CREATE PUBLICATION everything FOR ALL TABLES',
  'CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$',
  'CREATE EVENT TRIGGER watched ON ddl_command_end EXECUTE FUNCTION watch()',
  "SELECT lo_from_bytea(4001, 'large')",
  'CREATE CAST (text AS int) WITH INOUT',
];
const RAISES = "LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$";
const TARGET_ONLY = [
  'GRANT ALL ON SCHEMA public TO restorer',
  'REVOKE ALL ON SCHEMA public FROM PUBLIC',
  'ALTER SCHEMA public OWNER TO app',
  `CREATE FUNCTION refuse() RETURNS event_trigger ${RAISES}; CREATE EVENT TRIGGER refused ON sql_drop EXECUTE FUNCTION refuse()`,
  `CREATE FUNCTION refuse() RETURNS event_trigger ${RAISES}; CREATE EVENT TRIGGER refused ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION refuse()`,
  "SELECT lo_from_bytea(4001, 'before')",
];
const AROUND = [
  'ALTER DATABASE target SET default_transaction_read_only = on',
  "ALTER DATABASE target SET statement_timeout = '50ms'",
  "ALTER ROLE restorer SET lock_timeout = '1ms'",
  'ALTER ROLE restorer CONNECTION LIMIT 4',
  'ALTER DATABASE target CONNECTION LIMIT 4',
  'ALTER DATABASE target OWNER TO app',
  'REVOKE CREATE ON DATABASE target FROM restorer',
  'GRANT app TO restorer',
  "ALTER DATABASE target SET search_path = 's'",
  "ALTER DATABASE target SET default_tablespace = 'fast'",
  'ALTER ROLE restorer SET standard_conforming_strings = off',
  'ALTER DATABASE target SET check_function_bodies = on',
  'ALTER DATABASE target SET session_replication_role = replica',
  'ALTER DATABASE target SET row_security = off',
];
