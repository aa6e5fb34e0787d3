import { describe, expect, it } from 'vitest';
import { PgRestoreStderr } from '../../../../lib/engines/postgres/rules/pg-restore-outcome.ts';

function outcome(stderr: string, exitCode: number | null = 1, size = stderr.length || 1, server = 15) {
  const reading = new PgRestoreStderr(server);
  for (let at = 0; at < stderr.length; at += size) reading.push(stderr.slice(at, at + size));
  return reading.outcome(exitCode);
}

/** One error as pg_restore 15 writes it: with --verbose it names the entry first. */
const error = (message: string, command: string, entry?: string) =>
  `${entry === undefined ? '' : `pg_restore: from TOC entry 220; 1259 16500 ${entry}\n`}pg_restore: error: could not execute query: ERROR:  ${message}\nCommand was: ${command}\n\n`;
const ignored = (count: number) => `pg_restore: warning: errors ignored on restore: ${count}\n`;

// As pg_restore 15.18 wrote it when the roles of the dump were missing.
const MISSING_ROLES = `pg_restore: error: could not execute query: ERROR:  role "app" does not exist
Command was: ALTER TABLE sales.customers OWNER TO app;

pg_restore: error: could not execute query: ERROR:  role "limited" does not exist
Command was: GRANT SELECT ON TABLE sales.customers TO limited;


pg_restore: error: could not execute query: ERROR:  role "limited" does not exist
Command was: ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA sales GRANT SELECT ON TABLES  TO limited;


pg_restore: warning: errors ignored on restore: 3
`;
const MISSING_ROLES_VERBOSE = `pg_restore: creating TABLE "sales.customers"
pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 220; 1259 16500 TABLE customers app
pg_restore: error: could not execute query: ERROR:  role "app" does not exist
Command was: ALTER TABLE sales.customers OWNER TO app;

pg_restore: creating COMMENT "sales.TABLE customers"
pg_restore: processing data for table "sales.customers"
pg_restore: restored 1 large object
pg_restore: WARNING:  wal_level is insufficient to publish logical changes
pg_restore: creating ACL "sales.TABLE customers"
pg_restore: from TOC entry 3504; 0 0 ACL TABLE customers app
pg_restore: error: could not execute query: ERROR:  role "limited" does not exist
Command was: GRANT SELECT ON TABLE sales.customers TO limited;


pg_restore: creating DEFAULT ACL "sales.DEFAULT PRIVILEGES FOR TABLES"
pg_restore: from TOC entry 2140; 826 16573 DEFAULT ACL DEFAULT PRIVILEGES FOR TABLES postgres
pg_restore: error: could not execute query: ERROR:  role "limited" does not exist
Command was: ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA sales GRANT SELECT ON TABLES  TO limited;


pg_restore: warning: errors ignored on restore: 3
`;
// As pg_restore 15.18 wrote it when a view that is not in the dump reads from a table that is.
const BLOCKED = `pg_restore: connecting to database for restore
pg_restore: dropping TABLE customers
pg_restore: while PROCESSING TOC:
pg_restore: from TOC entry 220; 1259 16500 TABLE customers app
pg_restore: error: could not execute query: ERROR:  cannot drop table sales.customers because other objects depend on it
DETAIL:  view public.extra depends on table sales.customers
HINT:  Use DROP ... CASCADE to drop the dependent objects too.
Command was: DROP TABLE IF EXISTS sales.customers;
pg_restore: from TOC entry 8; 2615 16392 SCHEMA sales postgres
pg_restore: error: could not execute query: ERROR:  cannot drop schema sales because other objects depend on it
DETAIL:  table sales.customers depends on schema sales
Command was: DROP SCHEMA IF EXISTS sales;
pg_restore: warning: errors ignored on restore: 2
`;
const INHERITED_KEYS = `pg_restore: error: could not execute query: ERROR:  cannot drop inherited constraint "orders_2025_pkey" of relation "orders_2025"
Command was: ALTER TABLE IF EXISTS ONLY sales.orders_2025 DROP CONSTRAINT IF EXISTS orders_2025_pkey;
pg_restore: error: could not execute query: ERROR:  cannot drop inherited constraint "orders_2024_pkey" of relation "orders_2024"
Command was: ALTER TABLE IF EXISTS ONLY sales.orders_2024 DROP CONSTRAINT IF EXISTS orders_2024_pkey;
pg_restore: warning: errors ignored on restore: 2
`;

describe('success', () => {
  it('means exit code 0, whatever else is printed', () => {
    expect(outcome('', 0)).toEqual({ status: 'success', warnings: [] });
    expect(outcome('pg_restore: creating TABLE "sales.customers"\n', 0)).toEqual({ status: 'success', warnings: [] });
  });

  it('has warnings if pg_restore warns', () => {
    expect(outcome('pg_restore: warning: restoring tables WITH OIDS is not supported anymore\n', 0)).toEqual({
      status: 'success_with_warnings',
      warnings: ['restoring tables WITH OIDS is not supported anymore'],
    });
  });

  it('has warnings for missing roles', () => {
    expect(outcome(MISSING_ROLES)).toEqual({
      status: 'success_with_warnings',
      warnings: [
        'role "app" does not exist (ALTER TABLE sales.customers OWNER TO app)',
        'role "limited" does not exist (GRANT SELECT ON TABLE sales.customers TO limited)',
        'role "limited" does not exist (ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA sales GRANT SELECT ON TABLES TO limited)',
      ],
    });
    expect(outcome(MISSING_ROLES_VERBOSE)).toMatchObject({
      status: 'success_with_warnings',
      warnings: [
        'role "app" does not exist (TABLE customers app: ALTER TABLE sales.customers OWNER TO app)',
        expect.stringContaining('ACL TABLE customers app: GRANT'),
        expect.stringContaining('DEFAULT ACL'),
      ],
    });
  });

  it.each(['', 'while INITIALIZING:\npg_restore: '])(
    'has warnings for settings that the server lacks (%j)',
    (stage) => {
      const stderr = `pg_restore: ${stage}error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"\nCommand was: SET transaction_timeout = 0;\n${ignored(1)}`;
      expect(outcome(stderr)).toEqual({
        status: 'success_with_warnings',
        warnings: ['unrecognized configuration parameter "transaction_timeout" (SET transaction_timeout = 0)'],
      });
    },
  );

  it('has warnings for a tablespace that the server lacks', () => {
    const stderr = `pg_restore: error: could not set default_tablespace to fast: ERROR:  invalid value for parameter "default_tablespace": "fast"\nDETAIL:  Tablespace "fast" does not exist.\n${ignored(1)}`;
    expect(outcome(stderr).status).toBe('success_with_warnings');
  });

  it.each([
    [
      'extension "postgis" is not available',
      'CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;',
      'EXTENSION postgis ',
    ],
    ['must be owner of extension citext', 'DROP EXTENSION IF EXISTS citext;', 'EXTENSION citext '],
    ['must be owner of extension citext', "COMMENT ON EXTENSION citext IS 'a; b';", 'COMMENT EXTENSION citext '],
    ['must be member of role "postgres"', 'ALTER SCHEMA "S S" OWNER TO "My ""role""";', 'SCHEMA S S postgres'],
    [
      'no such role',
      'SET SESSION AUTHORIZATION app;\nGRANT SELECT ON TABLE t TO x;\nRESET SESSION AUTHORIZATION;',
      'ACL TABLE t app',
    ],
    ['schema "public" already exists', 'CREATE SCHEMA public;', 'SCHEMA public postgres'],
    [
      'role "app" does not exist',
      'CREATE USER MAPPING FOR app SERVER far;',
      'USER MAPPING USER MAPPING app SERVER far app',
    ],
    [
      'function pg_catalog.pg_restore_relation_stats(unknown) does not exist',
      "SELECT * FROM pg_catalog.pg_restore_relation_stats(\n\t'version', '180000'::integer\n);",
      'STATISTICS DATA t postgres',
    ],
  ])('has a warning for %s', (message, command, entry) => {
    for (const named of [undefined, entry]) {
      expect(outcome(error(message, command, named) + ignored(1)).status).toBe('success_with_warnings');
    }
  });

  it('lists fifty warnings, and counts the others', () => {
    const grants = Array.from({ length: 1000 }, (_, i) => error(`role "r${i}" does not exist`, 'GRANT ALL ON t TO r;'));
    const { warnings } = outcome(grants.join('') + ignored(1000));
    expect(warnings).toHaveLength(51);
    expect(warnings.at(-1)).toBe('… and 950 more');
  });
});

describe('failure', () => {
  it('names the first relevant error and its entry', () => {
    expect(
      outcome(MISSING_ROLES_VERBOSE.replace(ignored(3), '') + BLOCKED.replace(ignored(2), ignored(5))),
    ).toMatchObject({
      status: 'failure',
      message:
        'cannot drop table sales.customers because other objects depend on it (TABLE customers app: DROP TABLE IF EXISTS sales.customers) (and 1 more error: see the log)',
      warnings: { length: 3 },
    });
  });

  it.each([
    ['relation "t" already exists', 'CREATE TABLE t (a integer);', 'TABLE t app'],
    ['permission denied', 'ALTER TABLE ONLY t ADD CONSTRAINT c CHECK (a > 0);', 'CHECK CONSTRAINT t c app'],
    ['provider "anon" is not loaded', "SECURITY LABEL FOR anon ON COLUMN t.a IS 'x';", 'SECURITY LABEL COLUMN t.a app'],
    ['invalid value for parameter "client_encoding": "UTF9"', "SET client_encoding = 'UTF9';", undefined],
    ['role "x" does not exist', 'SET SESSION AUTHORIZATION x;', undefined],
    ['syntax error', 'SET lock_timeout = 0; DROP TABLE t;', undefined],
    ['syntax error', 'ALTER TABLE t DROP COLUMN a; ALTER TABLE t OWNER TO x;', 'TABLE t app'],
    // Without its entry it would look like a grant.
    ['syntax error', 'GRANT SELECT ON t TO x;', 'FUNCTION f() app'],
  ])('covers any other error: %s', (message, command, entry) => {
    expect(outcome(error(message, command, entry) + ignored(1)).status).toBe('failure');
  });

  it('covers an error of a later stage, whatever entry came before', () => {
    const stderr = `${error('role missing', 'GRANT x TO y;', 'ACL TABLE t app')}pg_restore: while FINALIZING:\npg_restore: error: could not execute query: ERROR:  disk full\nCommand was: COMMIT;\n`;
    expect(outcome(stderr + ignored(2))).toMatchObject({ status: 'failure', message: 'disk full (COMMIT)' });
  });

  it('covers a failed COPY', () => {
    const stderr = `pg_restore: error: COPY failed for table "audit": ERROR:  duplicate key value violates unique constraint "audit_pkey"\nDETAIL:  Key (id)=(1) already exists.\nCONTEXT:  COPY audit, line 1\n${ignored(1)}`;
    expect(outcome(stderr)).toMatchObject({
      status: 'failure',
      message: expect.stringContaining('COPY failed for table "audit": ERROR:  duplicate key value'),
    });
  });

  it('covers a lost connection, even during a GRANT', () => {
    const lost =
      'pg_restore: error: could not execute query: server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\nCommand was: GRANT ALL ON TABLE t TO x;\n';
    expect(outcome(lost + ignored(1)).status).toBe('failure');
    const ended =
      'pg_restore: error: could not execute query: FATAL:  terminating connection\nCommand was: GRANT ALL ON t TO x;\n';
    expect(outcome(ended + ignored(1)).status).toBe('failure');
  });

  it('covers pg_restore giving up', () => {
    const fatal = 'pg_restore: error: could not read from input file: end of file\n';
    expect(outcome(fatal)).toMatchObject({ status: 'failure', message: 'could not read from input file: end of file' });
    const halfWay = MISSING_ROLES.replace(ignored(3), fatal);
    expect(outcome(halfWay)).toMatchObject({
      status: 'failure',
      message: 'could not read from input file: end of file',
    });
    expect(outcome('pg_restore: error: unsupported version (1.15) in file header\n').status).toBe('failure');
  });

  it.each([
    [1, '', 'pg_restore gave up without saying why'],
    [1, MISSING_ROLES.replace(': 3', ': 4'), 'pg_restore counted 4 errors, but reported 3'],
    [1, MISSING_ROLES.replace(ignored(3), ''), 'pg_restore gave up without saying why'],
    [1, ignored(1), 'pg_restore counted 1 errors, but reported 0'],
    [0, MISSING_ROLES, 'pg_restore ended with exit code 0 after 3 errors'],
    [0, MISSING_ROLES.replace(ignored(3), ''), 'pg_restore counted 0 errors, but reported 3'],
    [137, '', 'pg_restore ended with exit code 137'],
    [2, MISSING_ROLES, 'pg_restore ended with exit code 2'],
    [null, MISSING_ROLES, 'pg_restore ended with a signal'],
  ])('covers exit code %s with error counts that do not match', (exitCode, stderr, message) => {
    expect(outcome(stderr, exitCode)).toMatchObject({ status: 'failure', message });
  });

  it('reveals no password', () => {
    const command = "CREATE SUBSCRIPTION s CONNECTION 'host=h password=it''s secret' PUBLICATION p;";
    const told = JSON.stringify(outcome(error('boom', command, 'SUBSCRIPTION s app') + ignored(1)));
    expect(told).toContain('CREATE SUBSCRIPTION s CONNECTION');
    expect(told).not.toContain('secret');
  });
});

describe('several errors', () => {
  const copy = 'pg_restore: error: COPY failed for table "pages": ERROR:  no such index\n';

  it('are all reported, those that lose rows first', () => {
    const stderr = `${error('f() does not exist', 'CREATE INDEX i ON t (f(a));', 'INDEX i app')}${copy}`;
    expect(outcome(stderr + ignored(2))).toEqual({
      ...{ status: 'failure', warnings: [] },
      message: 'COPY failed for table "pages": ERROR:  no such index (INDEX i app) (and 1 more error: see the log)',
      errors: [
        'COPY failed for table "pages": ERROR:  no such index (INDEX i app)',
        'f() does not exist (INDEX i app: CREATE INDEX i ON t (f(a)))',
      ],
    });
  });

  it('are listed up to a limit, and the others are counted', () => {
    const many = Array.from({ length: 300 }, (_, i) => error(`no type ${i}`, `CREATE TABLE t${i} ();`));
    const end = outcome(many.join('') + copy + ignored(301));
    expect(end).toMatchObject({
      message: expect.stringMatching(/^COPY failed.* \(and 300 more errors: see the log\)$/),
    });
    expect(end.status === 'failure' && [end.errors.length, end.errors.at(-1)]).toEqual([201, '… and 101 more']);
  });

  it('names keys that could not be dropped together with the errors that this caused, and only then', () => {
    const create = error('relation "orders_2025" already exists', 'CREATE TABLE sales.orders_2025 ();');
    const end = outcome(INHERITED_KEYS.replace(ignored(2), create + ignored(3)));
    expect(end.status === 'failure' && end.errors).toHaveLength(3);
  });
});

describe('a materialized view that cannot be filled', () => {
  const refresh = (name: string) =>
    error(
      'function all_mentions() does not exist',
      `REFRESH MATERIALIZED VIEW ${name};`,
      'MATERIALIZED VIEW DATA counts app',
    );

  it.each([
    ['public.counts', 'public'],
    ['"a.b"."c""d"', '"a.b"'],
  ])('is a warning with the statement that fills it: %s', (name, schema) => {
    expect(outcome(refresh(name) + ignored(1))).toEqual({
      status: 'success_with_warnings',
      warnings: [
        `materialized view ${name} is empty: function all_mentions() does not exist. The rows of all tables are there. ` +
          `To fill it: SET search_path = ${schema}; REFRESH MATERIALIZED VIEW ${name};`,
      ],
    });
  });

  it("is filled without the session's search_path since PostgreSQL 17", () => {
    const { warnings } = outcome(refresh('app.counts') + ignored(1), 1, undefined, 17);
    expect(warnings[0]).toMatch(
      / To fill it: ALTER FUNCTION … SET search_path = app, for what it calls; then REFRESH MATERIALIZED VIEW app\.counts;$/,
    );
  });

  it('does not hide a lost connection', () => {
    const lost = refresh('public.counts').replace(/ERROR: {2}.*/, 'server closed the connection unexpectedly');
    expect(outcome(lost + ignored(1)).status).toBe('failure');
  });
});

describe('a server that speaks another language', () => {
  it.each(['FEHLER', 'ERREUR', 'ОШИБКА', 'エラー', '错误'])('%s', (severity) => {
    const translated = (text: string) => text.replaceAll('ERROR:  ', `${severity}:  `);
    expect(outcome(translated(MISSING_ROLES)).status).toBe('success_with_warnings');
    const inherited = INHERITED_KEYS.replaceAll('cannot drop inherited constraint', 'geerbter Constraint');
    expect(outcome(translated(inherited))).toEqual({ status: 'success', warnings: [] });
    const table = error('Relation »t« existiert bereits', 'CREATE TABLE t ();', 'TABLE t app');
    expect(outcome(translated(table) + ignored(1))).toMatchObject({
      status: 'failure',
      message: 'Relation »t« existiert bereits (TABLE t app: CREATE TABLE t ())',
    });
  });
});

describe("a partition's share of its parent's key", () => {
  it('needs no warning: it is dropped with its table', () => {
    expect(outcome(INHERITED_KEYS)).toEqual({ status: 'success', warnings: [] });
  });

  it('does not hide another error', () => {
    const create = error('relation "orders_2025" already exists', 'CREATE TABLE sales.orders_2025 ();');
    expect(outcome(INHERITED_KEYS.replace(ignored(2), create + ignored(3))).status).toBe('failure');
  });
});

describe('stderr in pieces', () => {
  it('is read the same, whatever the size of its pieces', () => {
    for (const stderr of [MISSING_ROLES, MISSING_ROLES_VERBOSE, BLOCKED, INHERITED_KEYS]) {
      for (const size of [1, 2, 7, 100]) expect(outcome(stderr, 1, size)).toEqual(outcome(stderr));
    }
  });

  it('may have lines and commands of any length, and a last line without its end', () => {
    const long = `pg_restore: error: could not execute query: ERROR:  ${'x'.repeat(100_000)}\nCommand was: CREATE ${'y\n'.repeat(50_000)}`;
    const told = outcome(long + ignored(1).trim());
    expect(told.status).toBe('failure');
    expect(JSON.stringify(told).length).toBeLessThan(20_000);
  });

  it('counts a forged summary within a command as extra errors', () => {
    const body = `COMMENT ON TABLE t IS 'x\npg_restore: error: could not execute query: ERROR:  y\nCommand was: GRANT x TO y;\n';`;
    expect(outcome(error('role missing', body) + ignored(1)).status).toBe('failure');
  });
});
