/** A role of the dump is missing in the target: nothing may become accessible to more users than before. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { backUp } from '../support/dumps.ts';
import { type Harness, startHarness } from '../support/harness.ts';
import { startServer } from '../support/servers.ts';

describe('rights of missing roles', () => {
  let harness: Harness;
  let stopServer = async () => {};
  let backup: Backup;
  const sql: Harness['sql'] = (...args) => harness.sql(...args);

  beforeAll(async () => {
    const server = await startServer('postgresql');
    if (server === undefined) throw new Error('no PostgreSQL');
    stopServer = server.stop;
    harness = await startHarness(server);
    await sql(
      'postgres',
      'CREATE ROLE appo',
      'CREATE ROLE reader',
      'CREATE ROLE present',
      'CREATE ROLE stranger',
      'CREATE DATABASE source',
    );
    await sql(
      'source',
      'CREATE TABLE salaries (who text, eur int)',
      "INSERT INTO salaries VALUES ('ann', 1000)",
      `CREATE FUNCTION all_salaries() RETURNS SETOF salaries LANGUAGE sql SECURITY DEFINER AS 'SELECT * FROM public.salaries'`,
      'REVOKE ALL ON FUNCTION all_salaries() FROM PUBLIC',
      'GRANT EXECUTE ON FUNCTION all_salaries() TO reader, present',
      'CREATE TYPE state AS ENUM ()',
      'REVOKE ALL ON TYPE state FROM PUBLIC',
      'GRANT USAGE ON TYPE state TO reader',
      'REVOKE ALL ON SCHEMA public FROM PUBLIC',
      'GRANT USAGE ON SCHEMA public TO reader',
      `CREATE FUNCTION run_sql("q; x" text, VARIADIC more numeric(5,2)[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
         AS $$ BEGIN EXECUTE $1; END $$`,
      `CREATE PROCEDURE work() LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN END $$`,
      `CREATE FUNCTION mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'`,
      'ALTER FUNCTION all_salaries() OWNER TO appo',
      'ALTER FUNCTION run_sql(text, numeric[]) OWNER TO appo',
      'ALTER PROCEDURE work() OWNER TO appo',
      'ALTER TABLE salaries OWNER TO appo',
      'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC',
      'ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO reader',
    );
    backup = await backUp(harness, 'source');
    await sql('source', 'DROP OWNED BY reader');
    await sql('postgres', 'DROP DATABASE source', 'DROP ROLE appo', 'DROP ROLE reader');
  });
  afterAll(async () => {
    await harness.stop();
    await stopServer();
  });

  const may = async (database: string, role: string) => {
    const [row] = await sql(
      database,
      `SELECT has_function_privilege('${role}', 'public.all_salaries()', 'EXECUTE') AS call,
              has_type_privilege('${role}', 'public.state', 'USAGE') AS type,
              has_schema_privilege('${role}', 'public', 'USAGE') AS schema`,
    );
    return row;
  };
  const definers = (database: string) =>
    sql(database, `SELECT proname, prosecdef FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1`);

  it('stay revoked, and functions run as their caller', async () => {
    const ended = await harness.restore(backup, { target_database: 'target' });
    expect(ended).toMatchObject({ status: 'success', error: null });
    expect(await may('target', 'stranger')).toEqual({ call: false, type: false, schema: false });
    // an existing role has the rights that it had
    expect(await may('target', 'present')).toEqual({ call: true, type: false, schema: false });
    expect(await definers('target')).toEqual([
      { proname: 'all_salaries', prosecdef: false },
      { proname: 'mine', prosecdef: true },
      { proname: 'run_sql', prosecdef: false },
      { proname: 'work', prosecdef: false },
    ]);
    for (const routine of [
      'function public.all_salaries()',
      'function public.run_sql(text,numeric[])',
      'procedure public.work()',
    ]) {
      expect(ended.warnings).toContainEqual(
        expect.stringContaining(`${routine} now runs as its caller (SECURITY INVOKER), because its owner appo`),
      );
    }
    await sql('target', 'CREATE FUNCTION made_later() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$');
    const [later] = await sql('target', "SELECT has_function_privilege('stranger', 'made_later()', 'EXECUTE') AS call");
    expect(later).toEqual({ call: false });
  });

  it('fail the restore with the name if they cannot be revoked', async () => {
    await sql('postgres', 'CREATE DATABASE stubborn');
    // something of the target's own that keeps functions from being changed, and that the preflight doesn't see: no RAISE
    await sql(
      'stubborn',
      'CREATE SCHEMA own',
      `CREATE FUNCTION own.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
         IF current_query() ~ 'REVOKE ALL ON FUNCTION public.all_salaries.. FROM PUBLIC|public.work.. SECURITY INVOKER'
         THEN PERFORM 1 / 0; END IF; END $$`,
      'CREATE EVENT TRIGGER keeps ON ddl_command_start EXECUTE FUNCTION own.no()',
    );
    // the rights of a role's objects are set where no event trigger fires
    const path = `/api/connections/${harness.connection.id}`;
    expect(await harness.api.call('PUT', path, { trusted: true })).toMatchObject({ status: 200 });
    const ended = await harness.restore(backup, { target_database: 'stubborn' });
    expect(ended).toMatchObject({
      status: 'failed',
      error: {
        code: 'RESTORE_ERROR',
        message: expect.stringMatching(
          /could not be restricted.*public\.all_salaries\(\).*procedure public\.work\(\) runs as postgres/,
        ),
      },
    });
  });
});
