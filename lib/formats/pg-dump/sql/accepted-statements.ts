/**
 * What pg_dump 13 to 18 writes into an archive, by the kind of entry: read from `src/bin/pg_dump/pg_dump.c` (each
 * `ArchiveEntry` and what it is given as `.createStmt` and `.dropStmt`), `dumputils.c` (`buildACLCommands`) and
 * `pg_backup_archiver.c`. Statements that only pg_upgrade needs (`--binary-upgrade`) aren't here, because they write to
 * the catalogue. `statement-form.ts` says how to read a form.
 */

export interface AcceptedStatements {
  /** The forms of the entry's definition: each statement must have one of these. */
  readonly create?: readonly string[];
  /** The forms of the statement that `--clean` sends first; at most one statement. */
  readonly drop?: readonly string[];
}

const STORAGE = [
  'ALTER [FOREIGN] TABLE [ONLY] own ALTER [COLUMN] part SET STATISTICS number',
  'ALTER [FOREIGN] TABLE [ONLY] own ALTER [COLUMN] part SET STORAGE part',
  'ALTER [FOREIGN] TABLE [ONLY] own ALTER [COLUMN] part SET COMPRESSION part',
  'ALTER [FOREIGN] TABLE [ONLY] own ALTER [COLUMN] part SET group',
  'ALTER [FOREIGN] TABLE [ONLY] own ALTER [COLUMN] part SET NOT NULL',
  'ALTER FOREIGN TABLE [ONLY] own ALTER [COLUMN] part OPTIONS group',
  'ALTER TABLE [ONLY] own REPLICA IDENTITY FULL|NOTHING',
  'ALTER [FOREIGN] TABLE [ONLY] own FORCE ROW LEVEL SECURITY',
  'ALTER MATERIALIZED VIEW own ALTER [COLUMN] part SET STATISTICS number',
  'ALTER TABLE|VIEW own DEPENDS ON EXTENSION part',
  'ALTER MATERIALIZED VIEW own DEPENDS ON EXTENSION part',
];

/** For an index, either alone or as part of a key. */
const INDEX = [
  'ALTER TABLE [ONLY] name CLUSTER ON part',
  'ALTER TABLE [ONLY] name REPLICA IDENTITY USING INDEX part',
  'ALTER INDEX name ALTER COLUMN number SET STATISTICS number',
  'ALTER INDEX name DEPENDS ON EXTENSION part',
];

const CONSTRAINT: AcceptedStatements = {
  create: [
    'ALTER [FOREIGN] TABLE [ONLY] table ADD CONSTRAINT part …',
    'ALTER DOMAIN table ADD CONSTRAINT part …',
    ...INDEX,
  ],
  drop: [
    'ALTER [FOREIGN] TABLE [IF EXISTS] [ONLY] table DROP CONSTRAINT [IF EXISTS] part',
    'ALTER DOMAIN table DROP CONSTRAINT part',
  ],
};

const TYPE: AcceptedStatements = {
  create: ['CREATE TYPE own clauses', 'CREATE TYPE own AS [ENUM|RANGE] group'],
  drop: ['DROP TYPE own [CASCADE]'],
};

const LANGUAGE = [
  'CREATE [OR REPLACE] [TRUSTED] [PROCEDURAL] LANGUAGE own',
  'CREATE [OR REPLACE] [TRUSTED] [PROCEDURAL] LANGUAGE own HANDLER name [INLINE name] [VALIDATOR name]',
];

/**
 * The classes of objects inside a database that have comments or labels. A server's roles and tablespaces aren't among
 * them.
 */
const CLASSES = [
  ...['ACCESS METHOD', 'AGGREGATE', 'CAST', 'COLLATION', 'COLUMN', 'CONSTRAINT', 'CONVERSION', 'DOMAIN'],
  ...['EVENT TRIGGER', 'EXTENSION', 'FOREIGN DATA WRAPPER', 'FOREIGN TABLE', 'FUNCTION', 'INDEX', 'LANGUAGE'],
  ...['LARGE OBJECT', 'MATERIALIZED VIEW', 'OPERATOR', 'POLICY', 'PROCEDURAL LANGUAGE', 'PROCEDURE', 'PUBLICATION'],
  ...['RULE', 'SCHEMA', 'SEQUENCE', 'SERVER', 'STATISTICS', 'SUBSCRIPTION', 'TABLE', 'TEXT SEARCH', 'TRANSFORM'],
  ...['TRIGGER', 'TYPE', 'VIEW'],
];

/** The classes of objects inside a database that have grants, as named in GRANT. */
export const GRANTED_CLASSES = [
  ...['DOMAIN', 'FOREIGN DATA WRAPPER', 'FOREIGN SERVER', 'FUNCTION', 'LANGUAGE', 'LARGE OBJECT', 'PROCEDURE'],
  ...['SCHEMA', 'SEQUENCE', 'TABLE', 'TYPE'],
];

const byName = (words: string): AcceptedStatements => ({
  create: [`CREATE ${words} own …`],
  drop: [`DROP ${words} own`],
});

export const ACCEPTED: Readonly<Record<string, AcceptedStatements>> = {
  // the session's settings: `archive-judge.ts` checks their content
  ENCODING: {},
  STDSTRINGS: {},
  SEARCHPATH: {},

  // never sent, because pg_restore only sends these with --create
  DATABASE: { create: ['CREATE DATABASE part …', 'ALTER DATABASE part …'], drop: ['DROP DATABASE part'] },
  'DATABASE PROPERTIES': {
    create: ['ALTER DATABASE part …', 'ALTER ROLE part IN DATABASE part SET …'],
  },

  SCHEMA: { create: ['CREATE SCHEMA own [AUTHORIZATION part]'], drop: ['DROP SCHEMA own'] },
  EXTENSION: {
    create: ['CREATE EXTENSION [IF NOT EXISTS] own [WITH] [SCHEMA part]'],
    drop: ['DROP EXTENSION own'],
  },
  'ACCESS METHOD': {
    create: ['CREATE ACCESS METHOD own TYPE INDEX|TABLE HANDLER name'],
    drop: ['DROP ACCESS METHOD own'],
  },
  'PROCEDURAL LANGUAGE': { create: LANGUAGE, drop: ['DROP [PROCEDURAL] LANGUAGE own'] },

  TYPE,
  'SHELL TYPE': { create: ['CREATE TYPE own'], drop: TYPE.drop ?? [] },
  DOMAIN: byName('DOMAIN'),
  COLLATION: byName('COLLATION'),
  CONVERSION: {
    create: ['CREATE [DEFAULT] CONVERSION own FOR string TO string FROM name'],
    drop: ['DROP CONVERSION own'],
  },
  CAST: { create: ['CREATE CAST group …'], drop: ['DROP CAST group'] },
  TRANSFORM: { create: ['CREATE TRANSFORM FOR …'], drop: ['DROP TRANSFORM FOR …'] },

  FUNCTION: {
    create: ['CREATE [OR REPLACE] FUNCTION routine group …', 'ALTER FUNCTION routine group DEPENDS ON EXTENSION part'],
    drop: ['DROP FUNCTION routine group'],
  },
  PROCEDURE: {
    create: [
      'CREATE [OR REPLACE] PROCEDURE routine group …',
      'ALTER PROCEDURE routine group DEPENDS ON EXTENSION part',
    ],
    drop: ['DROP PROCEDURE routine group'],
  },
  AGGREGATE: { create: ['CREATE AGGREGATE routine group group'], drop: ['DROP AGGREGATE routine group'] },
  OPERATOR: { create: ['CREATE OPERATOR …'], drop: ['DROP OPERATOR …'] },
  'OPERATOR CLASS': { create: ['CREATE OPERATOR CLASS own …'], drop: ['DROP OPERATOR CLASS own USING part'] },
  'OPERATOR FAMILY': {
    create: ['CREATE OPERATOR FAMILY own USING part', 'ALTER OPERATOR FAMILY own USING part ADD …'],
    drop: ['DROP OPERATOR FAMILY own USING part'],
  },

  'TEXT SEARCH PARSER': byName('TEXT SEARCH PARSER'),
  'TEXT SEARCH TEMPLATE': byName('TEXT SEARCH TEMPLATE'),
  'TEXT SEARCH DICTIONARY': byName('TEXT SEARCH DICTIONARY'),
  'TEXT SEARCH CONFIGURATION': {
    create: ['CREATE TEXT SEARCH CONFIGURATION own group', 'ALTER TEXT SEARCH CONFIGURATION own ADD MAPPING FOR …'],
    drop: ['DROP TEXT SEARCH CONFIGURATION own'],
  },

  'FOREIGN DATA WRAPPER': byName('FOREIGN DATA WRAPPER'),
  SERVER: byName('SERVER'),
  'USER MAPPING': {
    create: ['CREATE USER MAPPING FOR part SERVER part [OPTIONS group]'],
    drop: ['DROP USER MAPPING FOR part SERVER part'],
  },

  TABLE: {
    create: ['CREATE [UNLOGGED] TABLE own group clauses', 'CREATE [UNLOGGED] TABLE own OF name clauses', ...STORAGE],
    drop: ['DROP TABLE own'],
  },
  'FOREIGN TABLE': {
    create: ['CREATE FOREIGN TABLE own group clauses', ...STORAGE],
    drop: ['DROP FOREIGN TABLE own'],
  },
  VIEW: { create: ['CREATE VIEW own …', ...STORAGE], drop: ['DROP VIEW own'] },
  'MATERIALIZED VIEW': {
    create: ['CREATE MATERIALIZED VIEW own … WITH NO DATA', ...STORAGE],
    drop: ['DROP MATERIALIZED VIEW own'],
  },
  'TABLE ATTACH': {
    create: ['ALTER TABLE [ONLY] name ATTACH PARTITION own bounds'],
    drop: ['ALTER TABLE [ONLY] name DETACH PARTITION own'],
  },
  DEFAULT: {
    create: ['ALTER [FOREIGN] TABLE|VIEW [ONLY] table ALTER [COLUMN] part SET DEFAULT …'],
    drop: ['ALTER [FOREIGN] TABLE|VIEW [ONLY] table ALTER [COLUMN] part DROP DEFAULT'],
  },
  SEQUENCE: {
    create: [
      'CREATE [UNLOGGED] SEQUENCE own clauses',
      'CREATE [UNLOGGED] SEQUENCE own AS name clauses',
      'ALTER TABLE name ALTER COLUMN part ADD GENERATED ALWAYS AS IDENTITY group',
      'ALTER TABLE name ALTER COLUMN part ADD GENERATED BY DEFAULT AS IDENTITY group',
      'ALTER SEQUENCE own SET LOGGED|UNLOGGED',
    ],
    drop: ['DROP SEQUENCE own', 'ALTER TABLE name ALTER COLUMN part DROP IDENTITY'],
  },
  'SEQUENCE OWNED BY': { create: ['ALTER SEQUENCE own OWNED BY name'] },
  'SEQUENCE SET': {
    create: ['SELECT PG_CATALOG . SETVAL ( string , number , TRUE|FALSE )'],
  },

  INDEX: { create: ['CREATE [UNIQUE] INDEX own ON [ONLY] name …', ...INDEX], drop: ['DROP INDEX name'] },
  'INDEX ATTACH': { create: ['ALTER INDEX name ATTACH PARTITION name'] },
  STATISTICS: {
    create: ['CREATE STATISTICS own …', 'ALTER STATISTICS own SET STATISTICS number'],
    drop: ['DROP STATISTICS own'],
  },
  'STATISTICS DATA': {
    create: [
      'SELECT * FROM PG_CATALOG . PG_RESTORE_RELATION_STATS values',
      'SELECT * FROM PG_CATALOG . PG_RESTORE_ATTRIBUTE_STATS values',
      'SELECT * FROM PG_CATALOG . PG_CLEAR_RELATION_STATS values',
    ],
  },
  CONSTRAINT,
  'CHECK CONSTRAINT': CONSTRAINT,
  'FK CONSTRAINT': CONSTRAINT,

  TRIGGER: {
    create: [
      'CREATE [CONSTRAINT] TRIGGER part …',
      'ALTER [FOREIGN] TABLE table DISABLE TRIGGER part',
      'ALTER [FOREIGN] TABLE table ENABLE [ALWAYS|REPLICA] TRIGGER part',
      'ALTER TRIGGER part ON table DEPENDS ON EXTENSION part',
    ],
    drop: ['DROP TRIGGER part ON table'],
  },
  'EVENT TRIGGER': {
    create: [
      'CREATE EVENT TRIGGER own ON part …',
      'ALTER EVENT TRIGGER own DISABLE',
      'ALTER EVENT TRIGGER own ENABLE [ALWAYS|REPLICA]',
    ],
    drop: ['DROP EVENT TRIGGER own'],
  },
  RULE: {
    create: [
      'CREATE [OR REPLACE] RULE part AS ON …',
      'CREATE OR REPLACE VIEW table …',
      'ALTER VIEW table SET group',
      'ALTER TABLE table DISABLE RULE part',
      'ALTER TABLE table ENABLE [ALWAYS|REPLICA] RULE part',
    ],
    drop: ['DROP RULE part ON table', 'CREATE OR REPLACE VIEW table AS SELECT nulls'],
  },
  POLICY: { create: ['CREATE POLICY part ON table …'], drop: ['DROP POLICY part ON table'] },
  'ROW SECURITY': {
    create: ['ALTER [FOREIGN] TABLE table ENABLE ROW LEVEL SECURITY'],
    drop: ['ALTER [FOREIGN] TABLE table DISABLE ROW LEVEL SECURITY'],
  },

  PUBLICATION: {
    create: ['CREATE PUBLICATION own [FOR ALL TABLES] [WITH group]'],
    drop: ['DROP PUBLICATION own'],
  },
  'PUBLICATION TABLE': {
    create: ['ALTER PUBLICATION part ADD TABLE [ONLY] name [group] [WHERE group]'],
    drop: ['ALTER PUBLICATION part DROP TABLE [ONLY] name'],
  },
  'PUBLICATION TABLES IN SCHEMA': {
    create: ['ALTER PUBLICATION part ADD TABLES IN SCHEMA part'],
    drop: ['ALTER PUBLICATION part DROP TABLES IN SCHEMA part'],
  },
  // only `connect = false` keeps the server from connecting to another one
  SUBSCRIPTION: {
    create: ['CREATE SUBSCRIPTION own CONNECTION string PUBLICATION names WITH ( CONNECT = FALSE …'],
    drop: ['DROP SUBSCRIPTION own'],
  },

  COMMENT: { create: CLASSES.map((words) => `COMMENT ON ${words} … IS string`) },
  'SECURITY LABEL': { create: CLASSES.map((words) => `SECURITY LABEL FOR part ON ${words} … IS string`) },
  ACL: {
    create: GRANTED_CLASSES.flatMap((words) => [`GRANT privileges ON ${words} …`, `REVOKE privileges ON ${words} …`]),
  },
  'DEFAULT ACL': {
    create: ['ALTER DEFAULT PRIVILEGES FOR ROLE part [IN SCHEMA part] GRANT|REVOKE privileges ON part …'],
  },

  BLOB: {
    create: ['SELECT PG_CATALOG . LO_CREATE ( string )'],
    drop: ['SELECT PG_CATALOG . LO_UNLINK ( string )'],
  },
  // its definition is a list of numbers, and is checked as such
  'BLOB METADATA': { drop: ['SELECT PG_CATALOG . LO_UNLINK ( string )'] },
  BLOBS: {},
  'TABLE DATA': {},
  'MATERIALIZED VIEW DATA': { create: ['REFRESH MATERIALIZED VIEW own'] },
};
