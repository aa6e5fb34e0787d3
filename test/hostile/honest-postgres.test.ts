/**
 * What pg_dump writes for honest databases, with options that people use, is accepted, and gives the same result as the
 * plain tools.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveReader } from '../../lib/formats/pg-dump/archive/reader.ts';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { runSql } from '../support/harness.ts';
import { refusalOf } from '../support/mutants/mutant-source.ts';
import { loadIntoPostgres } from '../support/postgres-load.ts';
import { startServer } from '../support/servers.ts';
import { EVERYTHING } from '../support/shapes/postgres-everything.ts';

/** In the style of pagila, plus PostgreSQL's other features. */
const RENTALS = [
  'CREATE EXTENSION pg_trgm',
  "CREATE TYPE public.mpaa_rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17')",
  'CREATE DOMAIN public.year AS integer CONSTRAINT year_check CHECK (VALUE >= 1901 AND VALUE <= 2155)',
  'CREATE DOMAIN public."bıgınt" AS bigint',
  `CREATE FUNCTION public._group_concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $_$
SELECT CASE
  WHEN $2 IS NULL THEN $1
  WHEN $1 IS NULL THEN $2
  ELSE $1 || ', ' || $2
END
$_$`,
  'CREATE AGGREGATE public.group_concat(text) (SFUNC = public._group_concat, STYPE = text)',
  `CREATE FUNCTION public.last_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.last_update = CURRENT_TIMESTAMP; -- it's "now"; always
    RETURN NEW;
END $$`,
  'CREATE SEQUENCE public.actor_actor_id_seq INCREMENT BY 5 CACHE 3 CYCLE MAXVALUE 900000',
  'CREATE TABLE public.actor (actor_id integer DEFAULT nextval(\'public.actor_actor_id_seq\'::regclass) PRIMARY KEY, first_name text NOT NULL, last_name text COLLATE "C" NOT NULL, last_update timestamptz DEFAULT now() NOT NULL)',
  'ALTER SEQUENCE public.actor_actor_id_seq OWNED BY public.actor.actor_id',
  `CREATE TABLE public.film (
     film_id integer GENERATED ALWAYS AS IDENTITY (START WITH 1000) PRIMARY KEY, title text NOT NULL, description text,
     release_year public.year, rental_rate numeric(4,2) DEFAULT 4.99 NOT NULL, tax numeric GENERATED ALWAYS AS (rental_rate * 0.077) STORED,
     rating public.mpaa_rating DEFAULT 'G'::public.mpaa_rating, special_features text[] DEFAULT '{Trailers,"a;b"}',
     fulltext tsvector, stock int4range, extra jsonb DEFAULT '{"a": ["b", "it''s"]}', poster bytea, hours interval,
     CONSTRAINT sane CHECK (title <> '' AND rental_rate >= 0::numeric))`,
  'ALTER TABLE public.film ALTER COLUMN description SET STORAGE EXTERNAL, ALTER COLUMN title SET STATISTICS 500',
  'CREATE INDEX film_fulltext_idx ON public.film USING gist (fulltext)',
  "CREATE INDEX idx_title ON public.film (lower(title) text_pattern_ops DESC) INCLUDE (rating) WITH (fillfactor=70) WHERE rating <> 'R'",
  'CREATE INDEX idx_trgm ON public.film USING gin (title gin_trgm_ops)',
  'CREATE STATISTICS public.film_stats (ndistinct, dependencies) ON rating, (lower(title)) FROM public.film',
  "CREATE TRIGGER film_fulltext_trigger BEFORE INSERT OR UPDATE ON public.film FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title', 'description')",
  'CREATE TRIGGER last_updated BEFORE UPDATE OF first_name ON public.actor FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION public.last_updated()',
  'CREATE TABLE public.film_actor (actor_id integer REFERENCES public.actor ON UPDATE CASCADE ON DELETE RESTRICT, film_id integer REFERENCES public.film DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (actor_id, film_id))',
  'CREATE TABLE public.payment (payment_id integer NOT NULL, amount numeric(5,2) NOT NULL, payment_date timestamptz NOT NULL, note text, PRIMARY KEY (payment_date, payment_id)) PARTITION BY RANGE (payment_date)',
  "CREATE TABLE public.payment_p2022_01 PARTITION OF public.payment FOR VALUES FROM ('2022-01-01 00:00:00+00') TO ('2022-02-01 00:00:00+00')",
  'CREATE TABLE public.payment_rest PARTITION OF public.payment DEFAULT',
  'CREATE TABLE public.hashed (id bigint) PARTITION BY HASH (id)',
  'CREATE TABLE public.hashed_0 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0)',
  'CREATE TABLE public.hashed_1 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1)',
  'CREATE TABLE public.document (id int, folder text)',
  'CREATE TABLE public.invoice (total money) INHERITS (public.document)',
  "CREATE VIEW public.film_list AS SELECT f.film_id AS fid, f.title, CASE WHEN f.rental_rate > 3 THEN 'dear;' ELSE 'it''s cheap' END AS price, public.group_concat(a.first_name || ' ' || a.last_name) AS actors FROM public.film f LEFT JOIN public.film_actor USING (film_id) LEFT JOIN public.actor a USING (actor_id) GROUP BY f.film_id",
  'CREATE VIEW public.actor_v WITH (security_barrier) AS SELECT * FROM public.actor',
  'CREATE RULE actor_ins AS ON INSERT TO public.actor_v DO INSTEAD (INSERT INTO public.actor (first_name, last_name) VALUES (NEW.first_name, NEW.last_name); NOTIFY "actors;new")',
  'CREATE MATERIALIZED VIEW public.rental_by_category AS SELECT rating, count(*) AS n FROM public.film GROUP BY rating',
  'CREATE UNIQUE INDEX rental_category ON public.rental_by_category (rating)',
  `CREATE FUNCTION public.film_in_stock(p_film_id integer, p_store integer DEFAULT 1, OUT p_count integer) RETURNS SETOF integer LANGUAGE sql STABLE PARALLEL SAFE AS $_$
     SELECT film_id FROM public.film WHERE film_id = $1 AND title <> ';'; $_$`,
  `CREATE FUNCTION public.rewards_report(min_monthly integer, min_dollar numeric) RETURNS SETOF public.actor LANGUAGE plpgsql SECURITY DEFINER SET search_path TO 'public' AS $_$
DECLARE rr RECORD; tmpsql TEXT;
BEGIN
    tmpsql := 'CREATE TEMPORARY TABLE tmpCustomer (id INTEGER NOT NULL PRIMARY KEY); --';
    FOR rr IN EXECUTE 'SELECT c.* FROM public.actor AS c' LOOP RETURN NEXT rr; END LOOP;
    EXECUTE 'DROP TABLE tmpCustomer; $x$';
    RETURN;
END $_$`,
  "CREATE PROCEDURE public.pay(IN x integer, INOUT n integer DEFAULT 0) LANGUAGE sql BEGIN ATOMIC INSERT INTO public.payment VALUES (x, 1.00, '2022-01-05', ';'); SELECT CASE x WHEN 1 THEN CASE n WHEN 2 THEN 3 END ELSE 4 END AS \"end\"; END",
  'CREATE FUNCTION public.inc(val integer) RETURNS integer LANGUAGE sql RETURN val + 1',
  'CREATE TYPE public.complex AS (r double precision, i double precision)',
  'CREATE FUNCTION public.complex_add(public.complex, public.complex) RETURNS public.complex LANGUAGE sql IMMUTABLE AS $$ SELECT ROW($1.r + $2.r, $1.i + $2.i)::public.complex $$',
  'CREATE OPERATOR public.+ (LEFTARG = public.complex, RIGHTARG = public.complex, FUNCTION = public.complex_add, COMMUTATOR = OPERATOR(public.+))',
  'CREATE FUNCTION public.complex_text(public.complex) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT $1.r::text $$',
  'CREATE CAST (public.complex AS text) WITH FUNCTION public.complex_text(public.complex) AS ASSIGNMENT',
  'CREATE TEXT SEARCH DICTIONARY public.short (TEMPLATE = pg_catalog.simple, STOPWORDS = english)',
  'CREATE TEXT SEARCH CONFIGURATION public.films (COPY = pg_catalog.english)',
  'ALTER TEXT SEARCH CONFIGURATION public.films ALTER MAPPING FOR asciiword WITH public.short, english_stem',
  "CREATE COLLATION public.numeric_c (provider = icu, locale = 'en-u-kn-true')",
  'CREATE TYPE public.float_range AS RANGE (subtype = float8, subtype_diff = float8mi)',
  'CREATE EXTENSION postgres_fdw',
  "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.example.com', dbname 'other')",
  "CREATE FOREIGN TABLE public.remote (id integer OPTIONS (column_name 'ID'), n text) SERVER elsewhere OPTIONS (schema_name 'public', table_name 't;')",
  "CREATE PUBLICATION films FOR TABLE public.film, public.actor WITH (publish = 'insert, update')",
  "CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'ddl; %', tg_tag; END $$",
  "CREATE EVENT TRIGGER watch_ddl ON ddl_command_end WHEN TAG IN ('DROP TABLE', 'DROP VIEW') EXECUTE FUNCTION public.on_ddl()",
  'ALTER TABLE public.actor ENABLE ROW LEVEL SECURITY',
  "CREATE POLICY own_rows ON public.actor AS RESTRICTIVE FOR UPDATE TO clerk USING (last_name = CURRENT_USER) WITH CHECK (last_name <> ';')",
  'GRANT SELECT, INSERT (first_name, last_name) ON public.actor TO clerk WITH GRANT OPTION',
  'REVOKE ALL ON FUNCTION public.inc(integer) FROM PUBLIC',
  'GRANT USAGE ON SEQUENCE public.actor_actor_id_seq TO clerk',
  'GRANT USAGE ON TYPE public.complex TO clerk',
  'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO clerk',
  "COMMENT ON TABLE public.film IS E'it''s a \\\\film;\\n-- really'",
  "COMMENT ON COLUMN public.film.title IS 'the title /* not */'",
  "COMMENT ON FUNCTION public.inc(integer) IS '$$'",
  "INSERT INTO public.actor (first_name, last_name, last_update) VALUES ('PENELOPE', E'O''HARA\\\\', '2022-01-01'), (E'tab\\there', 'x; DROP TABLE y; --', 'infinity'), ('', E'line\\nbreak \\\\. ', '2022-01-01')",
  "INSERT INTO public.film (title, description, release_year, rating, special_features, stock, poster, hours) VALUES ('ACADEMY; DINOSAUR', E'A \\\\\"Epic\\\\\" drama''s', 2006, 'PG-13', ARRAY['it''s',NULL,'\"'], '[1,5)', '\\x005c27ff', '1 day -02:00'), ('NULLS', NULL, NULL, NULL, NULL, 'empty', '', NULL)",
  'INSERT INTO public.film_actor SELECT 1, film_id FROM public.film',
  "INSERT INTO public.payment VALUES (1, 2.99, '2022-01-03', E'\\\\.'), (2, -1, '2030-01-01', NULL)",
  'INSERT INTO public.hashed SELECT generate_series(1, 20)',
  "INSERT INTO public.invoice VALUES (1, 'a', '12.34')",
  'REFRESH MATERIALIZED VIEW public.rental_by_category',
  "SELECT lo_from_bytea(4242, decode(repeat('00ff5c27', 3000), 'hex'))",
  "COMMENT ON LARGE OBJECT 4242 IS 'a poster'",
];

/** Case 23: it is in the dump if its owner or comment differs from a new database's. */
const OWN_PUBLIC = [
  'ALTER SCHEMA public OWNER TO clerk',
  "COMMENT ON SCHEMA public IS 'ours'",
  'CREATE TABLE public.t (id int PRIMARY KEY)',
  'INSERT INTO public.t VALUES (1)',
];

const EVERYWHERE: string[][] = [
  [],
  ['--create'],
  ['--no-owner', '--no-privileges'],
  ['--no-comments', '--no-publications'],
  ['--quote-all-identifiers'],
  ['--disable-dollar-quoting'],
  ['--load-via-partition-root', '--enable-row-security'],
  ['--section=pre-data'],
  ['--section=data'],
  ['--section=post-data'],
  ['--schema-only'],
  ['--data-only', '--disable-triggers'],
  ['--no-tablespaces', '--no-toast-compression'],
  ['--table=public.film'],
  ['--no-blobs'],
];
const OF_PLAIN: string[][] = [
  ['--inserts'],
  ['--column-inserts', '--on-conflict-do-nothing'],
  ['--inserts', '--rows-per-insert=50', '--quote-all-identifiers'],
];
describe('what pg_dump writes', () => {
  let server: RunningServer;
  const sql = (database: string, ...statements: string[]) => runSql(server, database, statements);
  beforeAll(async () => {
    server = (await startServer('postgresql')) as RunningServer;
    await sql(
      'postgres',
      'CREATE ROLE clerk',
      'CREATE DATABASE rentals',
      'CREATE DATABASE everything',
      'CREATE DATABASE own',
    );
    await sql('rentals', ...RENTALS);
    await sql('own', ...OWN_PUBLIC);
    await sql('everything', ...EVERYTHING);
  });
  afterAll(() => server.stop());

  const env = () => ({
    ...{ PATH: process.env.PATH, PGHOST: server.host, PGPORT: String(server.port) },
    ...{ PGUSER: server.username, PGPASSWORD: server.password },
  });
  const tool = (name: string) => (server.binDir === undefined ? name : join(server.binDir, name));
  function dump(database: string, args: string[]): Buffer {
    const { stdout, stderr, status } = spawnSync(tool('pg_dump'), [...args, `--dbname=${database}`], {
      env: env(),
      maxBuffer: 2 ** 26,
    });
    if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  it.each(['rentals', 'everything', 'own'])('is accepted with every option: %s', (database) => {
    const refused: string[] = [];
    for (const format of ['custom', 'plain']) {
      const options = database === 'rentals' ? EVERYWHERE : [[]];
      for (const more of [...options, ...(format === 'plain' ? OF_PLAIN : [])]) {
        const clean = /--(data-only|section)/.test(more.join(' ')) ? [] : ['--clean', '--if-exists'];
        const args = [`--format=${format}`, ...clean, ...more];
        const refusal = refusalOf(dump(database, args), 'postgresql');
        if (refusal !== undefined) refused.push(`${args.join(' ')}: ${refusal}`);
      }
    }
    expect(refused).toEqual([]);
  });

  it("is refused with the option that changes the session's user, and says what to do", () => {
    const made = dump('own', ['--format=plain', '--use-set-session-authorization']);
    expect(refusalOf(made, 'postgresql')).toMatch(/line \d+ is not accepted: it sets the session’s user/);
  });

  it('is refused as an archive of INSERT statements, and says what to do', async () => {
    const reader = new ArchiveReader();
    const refused = new Promise((done) => done(reader.push(dump('own', ['--format=custom', '--inserts']))));
    await expect(refused).rejects.toMatchObject({
      message: expect.stringContaining('its rows are INSERT statements'),
      hint: expect.stringContaining('without --inserts, or with it as plain SQL'),
    });
  });

  it('is loaded without the statistics that only newer servers accept', async () => {
    const made = dump('own', ['--format=plain']).toString();
    const call = `SELECT * FROM pg_catalog.pg_restore_relation_stats(
\t'version', '180000'::integer,
\t'schemaname', 'public',
\t'relname', 't',
\t'relpages', '1'::integer
);
`;
    await sql('postgres', 'DROP DATABASE IF EXISTS ours', 'CREATE DATABASE ours');
    const end = '--\n-- PostgreSQL database dump complete';
    const whole = made.replace(end, call + call + end);
    const lines = await loadIntoPostgres(server, 'ours', Buffer.from(whole));
    expect(lines.filter((line) => /statistics/.test(line))).toEqual([
      expect.stringMatching(
        /^NOTE: line \d+: the planner's statistics are left out: the target is older than PostgreSQL 18/,
      ),
    ]);
    expect(await sql('ours', 'SELECT * FROM t')).toEqual([{ id: 1 }]);
  });

  it.each([
    ['rentals', 'custom', []],
    ['rentals', 'plain', []],
    ['rentals', 'plain', ['--inserts']],
    ['rentals', 'plain', ['--column-inserts', '--rows-per-insert=3', '--quote-all-identifiers']],
    ['own', 'custom', ['--schema=public']],
    ['own', 'plain', ['--schema=public']],
  ] as [string, string, string[]][])(
    '%s, %s %j: gives the same result as the plain tool',
    async (database, format, options) => {
      const made = dump(database, [`--format=${format}`, ...options]);
      await sql(
        'postgres',
        ...['ours', 'theirs'].flatMap((name) => [`DROP DATABASE IF EXISTS ${name}`, `CREATE DATABASE ${name}`]),
      );
      await loadIntoPostgres(server, 'ours', made);
      const input = { env: env(), input: made };
      if (format === 'custom') spawnSync(tool('pg_restore'), ['--dbname=theirs'], input);
      else spawnSync(tool('psql'), ['--no-psqlrc', '--quiet', '--dbname=theirs'], input);
      const [ours, theirs] = await Promise.all(
        ['ours', 'theirs'].map((name) => text(openDump(server, name, ['--format=plain']))),
      );
      // psql's own guard has a different key each time
      const same = (whole: string | undefined) => whole?.replace(/^\\(un)?restrict .*$/gm, '');
      expect(same(ours)).toBe(same(theirs));
      expect(ours).toContain(database === 'own' ? 'COPY public.t' : 'DINOSAUR\t');
    },
  );
});
