/**
 * Archives that were edited after pg_dump wrote them. Each attack is first shown to work with plain pg_restore; then
 * the service refuses it, and everything outside the target stays as it was.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backup } from '../../lib/backups/model.ts';
import { ArchiveReader } from '../../lib/formats/pg-dump/archive/reader.ts';
import { ACCEPTED } from '../../lib/formats/pg-dump/sql/accepted-statements.ts';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { typed } from '../cli/typed.ts';
import { type Harness, runSql, startHarness } from '../support/harness.ts';
import { type EditedArchive, type EditedEntry, editArchive } from '../support/mutants/archive-editor.ts';
import { startServer } from '../support/servers.ts';
import { EVERYTHING } from '../support/shapes/postgres-everything.ts';
import { MANY_SHAPES } from '../support/shapes/postgres-shapes.ts';

const SECRET = 'the-secret-of-the-server';

const SOURCE = [
  'CREATE SCHEMA app',
  'CREATE TABLE app.t (id int PRIMARY KEY, note text)',
  "COMMENT ON TABLE app.t IS 'rows'",
  'CREATE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS $$ SELECT a $$',
  'CREATE FUNCTION app.atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a; END',
  'CREATE VIEW app.v AS SELECT id FROM app.t',
  'CREATE MATERIALIZED VIEW app.m AS SELECT id FROM app.t',
  'CREATE TABLE app.parts (kind text) PARTITION BY LIST (kind)',
  "CREATE TABLE app.parts_a PARTITION OF app.parts FOR VALUES IN ('a')",
  'GRANT SELECT ON app.t TO PUBLIC',
  'ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC',
  "SELECT lo_from_bytea(777, 'large')",
  "INSERT INTO app.t VALUES (1, 'one')",
];

/** What the attacks know about the server. */
interface Place {
  /** A role that does not exist. */
  role: string;
  /** A file that the server can read and write, with the secret in it; and one that isn't there. */
  secretFile: string;
  newFile: string;
  server: RunningServer;
}

function entry(archive: EditedArchive, desc: string, tag: string): EditedEntry {
  const found = archive.entries.find((one) => one.desc === desc && one.tag === tag);
  if (found === undefined) throw new Error(`no ${desc} ${tag} in the archive`);
  return found;
}

const AUTHID = [
  ...['oid', 'rolname', 'rolsuper', 'rolinherit', 'rolcreaterole', 'rolcreatedb', 'rolcanlogin', 'rolreplication'],
  ...['rolbypassrls', 'rolconnlimit'],
];

/** Turns a table into one of another database on the same server. */
function makeForeign(archive: EditedArchive, { port, username, password }: RunningServer, tag: string): void {
  const table = entry(archive, 'TABLE', tag);
  const at = archive.entries.indexOf(table);
  const base = { ...entry(archive, 'VIEW', 'v'), drop: '', namespace: null };
  table.desc = 'FOREIGN TABLE';
  table.drop = `DROP FOREIGN TABLE app.${tag};\n`;
  table.definition = `CREATE FOREIGN TABLE app.${tag} (a integer) SERVER near OPTIONS (schema_name 'public', table_name 'precious');\n`;
  archive.entries.splice(
    at,
    0,
    {
      ...base,
      dumpId: 8001,
      desc: 'EXTENSION',
      tag: 'postgres_fdw',
      definition: 'CREATE EXTENSION postgres_fdw WITH SCHEMA public;\n',
    },
    {
      ...{ ...base, dumpId: 8002, desc: 'SERVER', tag: 'near' },
      definition: `CREATE SERVER near FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '${port}', dbname 'victim');\n`,
    },
    {
      ...{ ...base, dumpId: 8003, desc: 'USER MAPPING', tag: `USER MAPPING ${username} SERVER near` },
      definition: `CREATE USER MAPPING FOR ${username} SERVER near OPTIONS (user '${username}', password '${password}');\n`,
    },
  );
}

const roleRow = (role: string) => `9${role.replace(/\D/g, '').padStart(5, '0')}\t${role}${'\tf'.repeat(7)}\t-1\n`;

const ATTACKS: Record<string, (archive: EditedArchive, place: Place) => void> = {
  'a comment whose text ends early': (archive, { role }) => {
    entry(archive, 'COMMENT', 'TABLE t').definition = `COMMENT ON TABLE app.t IS ''; CREATE ROLE ${role}; --';\n`;
  },
  'a comment on another database': (archive) => {
    entry(archive, 'COMMENT', 'TABLE t').definition = "COMMENT ON DATABASE victim IS 'taken';\n";
  },
  'a comment on a role': (archive) => {
    entry(archive, 'COMMENT', 'TABLE t').definition = "COMMENT ON ROLE bystander IS 'taken';\n";
  },
  'a statement after a table definition': (archive, { role }) => {
    entry(archive, 'TABLE', 't').definition += `CREATE ROLE ${role};\n`;
  },
  'DROP DATABASE instead of DROP TABLE': (archive) => {
    entry(archive, 'TABLE', 'parts').definition = 'DROP DATABASE victim_to_drop;\n';
  },
  'a setting of the whole server': (archive) => {
    entry(archive, 'TABLE', 'parts').definition = "ALTER SYSTEM SET work_mem = '5MB';\n";
  },
  'a setting of another database': (archive) => {
    entry(archive, 'VIEW', 'v').definition = "ALTER DATABASE victim SET work_mem = '5MB';\n";
  },
  'a kind that pg_dump does not have': (archive, { role }) => {
    const one = entry(archive, 'VIEW', 'v');
    one.desc = 'ROLE';
    one.definition = `CREATE ROLE ${role};\n`;
  },
  'a search path followed by a statement': (archive, { role }) => {
    entry(archive, 'SEARCHPATH', 'SEARCHPATH').definition =
      `SELECT pg_catalog.set_config('search_path', '', false); CREATE ROLE ${role};\n`;
  },
  'the DROP of a table': (archive, { role }) => {
    entry(archive, 'TABLE', 't').drop = `DROP TABLE app.t; CREATE ROLE ${role};\n`;
  },
  'the DROP of a function, from which pg_restore removes five characters': (archive, { role }) => {
    entry(archive, 'FUNCTION', 'f(integer)').drop =
      `/*xx FUNCTION app.f(integer) OWNER TO postgres; CREATE ROLE ${role}; --*/ DROP FUNCTION app.f(integer);\n`;
  },
  'the number of a large object': (archive, { role }) => {
    entry(archive, 'BLOB', '777').tag = `777 OWNER TO postgres; CREATE ROLE ${role}; ALTER LARGE OBJECT 777`;
  },
  'a body whose column is called CASE': (archive, { role }) => {
    entry(archive, 'FUNCTION', 'atomic(integer)').definition =
      `CREATE FUNCTION app.atomic(a integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 1 AS case; END; CREATE ROLE ${role}; SELECT 1 AS end;\n`;
  },
  'strings read differently after a setting at the end': (archive, { role }) => {
    entry(archive, 'COMMENT', 'TABLE t').definition = `COMMENT ON TABLE app.t IS '\\''; CREATE ROLE ${role}; --';\n`;
    const setting = { ...entry(archive, 'STDSTRINGS', 'STDSTRINGS'), dumpId: 9001 };
    archive.entries.push({ ...setting, definition: "SET standard_conforming_strings = 'off';\n" });
  },
  'strings read differently in Shift-JIS': (archive, { role }) => {
    entry(archive, 'ENCODING', 'ENCODING').definition = "SET client_encoding = 'SJIS';\n";
    // 表 is 95 5C in SJIS: its second byte is a backslash
    entry(archive, 'COMMENT', 'TABLE t').definition =
      `COMMENT ON TABLE app.t IS E'@@SJIS@@'; CREATE ROLE ${role}; --';\n`;
  },
  'membership in a role': (archive) => {
    entry(archive, 'ACL', 'TABLE t').definition = 'GRANT bystander TO other_user;\n';
  },
  'rights on another database': (archive) => {
    entry(archive, 'ACL', 'TABLE t').definition = 'GRANT ALL ON DATABASE victim TO bystander;\n';
  },
  'rows for the list of roles': (archive, { role }) => {
    const rows = entry(archive, 'TABLE DATA', 't');
    rows.copy = `COPY pg_catalog.pg_authid (${AUTHID.join(', ')}) FROM stdin;\n`;
    archive.setData(rows, roleRow(role));
  },
  'rows of a table renamed to one in the catalogue': (archive, { role }) => {
    const rows = entry(archive, 'TABLE DATA', 't');
    Object.assign(rows, { namespace: 'pg_catalog', tag: 'pg_authid' });
    rows.copy = `COPY pg_catalog.pg_authid (${AUTHID.join(', ')}) FROM stdin;\n`;
    archive.setData(rows, roleRow(role));
  },
  'a statement after the COPY': (archive, { role }) => {
    entry(archive, 'TABLE DATA', 't').copy = `COPY app.t (id, note) FROM stdin; CREATE ROLE ${role};\n`;
  },
  'rows from a program': (archive, { newFile }) => {
    entry(archive, 'TABLE DATA', 't').copy = `COPY app.t FROM PROGRAM 'touch ${newFile}';\n`;
  },
  'rows from a file': (archive, { secretFile }) => {
    entry(archive, 'TABLE DATA', 't').copy = `COPY app.t FROM '${secretFile}';\n`;
  },
  'rows that are statements': (archive, { role }) => {
    const rows = entry(archive, 'TABLE DATA', 't');
    rows.copy = null;
    archive.setData(rows, `CREATE ROLE ${role};\n`);
  },
  'statements as the data of a view': (archive, { role }) => {
    const rows = entry(archive, 'TABLE DATA', 't');
    Object.assign(rows, { desc: 'VIEW', copy: null, definition: '' });
    archive.setData(rows, `CREATE ROLE ${role};\n`);
  },
  'bounds of a partition that read a file': (archive, { secretFile }) => {
    entry(archive, 'TABLE ATTACH', 'parts_a').definition =
      `ALTER TABLE ONLY app.parts ATTACH PARTITION app.parts_a FOR VALUES IN (pg_read_file('${secretFile}'));\n`;
  },
  'a materialised view that is filled when it is created': (archive, { secretFile }) => {
    entry(archive, 'MATERIALIZED VIEW', 'm').definition =
      `CREATE MATERIALIZED VIEW app.m AS SELECT 1 AS id, pg_read_file('${secretFile}') WITH DATA;\n`;
  },
  'a table created from a query': (archive, { secretFile }) => {
    entry(archive, 'TABLE', 't').definition = `CREATE TABLE app.t (note) AS SELECT pg_read_file('${secretFile}');\n`;
  },
  'rows of a foreign table in another database': (archive, { server }) => {
    entry(archive, 'COMMENT', 'TABLE t').definition = '';
    makeForeign(archive, server, 't');
    const rows = entry(archive, 'TABLE DATA', 't');
    rows.copy = 'COPY app.t (a) FROM stdin;\n';
    archive.setData(rows, '666\n');
  },
  'rows of a partitioned table with a foreign partition': (archive, { server }) => {
    makeForeign(archive, server, 'parts_a');
    entry(archive, 'TABLE', 'parts').definition = 'CREATE TABLE app.parts (a integer) PARTITION BY LIST (a);\n';
    entry(archive, 'TABLE ATTACH', 'parts_a').definition =
      'ALTER TABLE ONLY app.parts ATTACH PARTITION app.parts_a FOR VALUES IN (667);\n';
    const rows = entry(archive, 'TABLE DATA', 't');
    Object.assign(rows, { tag: 'parts', copy: 'COPY app.parts (a) FROM stdin;\n' });
    archive.setData(rows, '667\n');
  },
  'a large object written into a file': (archive, { newFile }) => {
    entry(archive, 'BLOB', '777').definition += `SELECT pg_catalog.lo_export(777, '${newFile}');\n`;
  },
};

describe('an edited archive', () => {
  let server: RunningServer;
  let harness: Harness;
  let directory: string;
  let original: Buffer;
  let count = 0;

  const sql = (database: string | undefined, ...statements: string[]) => runSql(server, database, statements);
  const tool = (name: string) => (server.binDir === undefined ? name : join(server.binDir, name));
  const run = (command: string, args: string[], input?: Buffer) =>
    spawnSync(tool(command), args, {
      env: {
        PATH: process.env.PATH,
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGUSER: server.username,
        PGPASSWORD: server.password,
      },
      ...(input === undefined ? {} : { input }),
    });

  /** Everything outside the target that an attack may change. */
  async function witnesses(): Promise<unknown> {
    const lists = await Promise.all([
      sql(
        'postgres',
        'SELECT rolname, rolsuper, shobj_description(oid, $$pg_authid$$) AS said FROM pg_roles ORDER BY 1',
      ),
      sql(
        'postgres',
        'SELECT roleid::regrole::text AS r, member::regrole::text AS m FROM pg_auth_members ORDER BY 1, 2',
      ),
      sql(
        'postgres',
        `SELECT datname, datacl::text AS acl, shobj_description(oid, 'pg_database') AS said FROM pg_database
         WHERE datname NOT LIKE 'target%' AND datname NOT LIKE 'plain%' ORDER BY 1`,
      ),
      sql('postgres', 'SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting ORDER BY 1, 2'),
      sql('postgres', "SELECT name, setting FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf' ORDER BY 1"),
      sql('victim', 'SELECT * FROM precious ORDER BY 1'),
    ]);
    return lists;
  }

  async function hasSecret(database: string): Promise<boolean> {
    // the rows of a materialised view are in no dump
    const rows = await sql(database, 'SELECT to_json(x) AS row FROM app.m AS x').catch(() => []);
    const dump = run('pg_dump', ['--format=plain', `--dbname=${database}`]).stdout.toString();
    return dump.includes(SECRET) || JSON.stringify(rows).includes(SECRET);
  }

  const attacked = (name: string, place: Place): Buffer => {
    const archive = editArchive(original);
    ATTACKS[name]?.(archive, place);
    const bytes = archive.bytes();
    const mark = bytes.indexOf('@@SJIS@@');
    // of the same length: padding, and a character
    if (mark >= 0) Buffer.from([...Buffer.from('filler'), 0x95, 0x5c]).copy(bytes, mark);
    return bytes;
  };

  const place = (): Place => {
    count++;
    return {
      server,
      role: `evil_${count}`,
      secretFile: join(directory, 'secret'),
      newFile: join(directory, `new_${count}`),
    };
  };

  const add = (bytes: Buffer): Promise<Backup> =>
    harness.addBackup(harness.backups[1], gzipSync(bytes), {
      database_name: 'target',
      size_bytes: null,
      checksum: null,
    });

  beforeAll(async () => {
    const started = await startServer('postgresql');
    if (started === undefined) throw new Error('no PostgreSQL');
    server = started;
    directory = mkdtempSync(join(tmpdir(), 'jagad-hostile-'));
    spawnSync('chmod', ['0777', directory]);
    writeFileSync(join(directory, 'secret'), `7\t${SECRET}`);
    harness = await startHarness(server);
    await sql(
      'postgres',
      'CREATE DATABASE victim',
      'CREATE DATABASE source',
      'CREATE ROLE bystander',
      'CREATE ROLE other_user',
    );
    await sql('victim', 'CREATE TABLE precious (a int)', 'INSERT INTO precious VALUES (1), (2)');
    await sql('source', ...SOURCE);
    original = await buffer(openDump(server, 'source'));
  });
  afterAll(async () => {
    await harness.stop();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(Object.keys(ATTACKS))('changes nothing: %s', async (name) => {
    // plain pg_restore executes it, so it is an attack
    const first = place();
    await sql('postgres', 'CREATE DATABASE plain').catch(() => {});
    await sql('postgres', 'CREATE DATABASE victim_to_drop').catch(() => {});
    const before = await witnesses();
    const plain = run('pg_restore', ['--clean', '--if-exists', '--dbname=plain'], attacked(name, first));
    const gotThrough =
      existsSync(first.newFile) ||
      (await hasSecret('plain')) ||
      JSON.stringify(await witnesses()) !== JSON.stringify(before);
    expect([name, gotThrough, gotThrough ? '' : plain.stderr.toString()]).toEqual([name, true, '']);
    await sql('postgres', 'DROP DATABASE plain', 'CREATE DATABASE plain');
    await sql('postgres', 'CREATE DATABASE victim_to_drop').catch(() => {});
    await sql('postgres', 'COMMENT ON DATABASE victim IS NULL', 'ALTER DATABASE victim RESET ALL');
    await sql('postgres', 'REVOKE ALL ON DATABASE victim FROM bystander', 'ALTER SYSTEM RESET ALL');
    await sql('postgres', 'COMMENT ON ROLE bystander IS NULL', 'REVOKE bystander FROM other_user');

    const second = place();
    const clean = await witnesses();
    await sql('postgres', 'CREATE DATABASE target').catch(() => {});
    const backup = await add(attacked(name, second));
    const ended = await harness.restore(backup, { target_database: 'target' });
    expect(ended).toMatchObject({
      status: 'failed',
      error: {
        code: 'RESTORE_ERROR',
        message: expect.stringMatching(/entry \d+ of the archive \(.+\) is not accepted: /),
      },
    });
    expect(ended.error?.message).not.toMatch(/damaged|not sound/);
    const { body } = await harness.api.call('GET', `/api/backups/${backup.id}`);
    expect(body).toMatchObject({ verify_status: 'failed', verify_error: ended.error?.message });
    expect(await witnesses()).toEqual(clean);
    expect([existsSync(second.newFile), await hasSecret('target')]).toEqual([false, false]);
  });

  it('is refused by the CLI, even without verification', async () => {
    const name = 'a comment whose text ends early';
    const bytes = attacked(name, place());
    const before = await witnesses();
    const file = join(directory, 'edited.sql.gz');
    writeFileSync(file, gzipSync(bytes));
    const target = `postgresql://${server.username}@${server.host}:${server.port}/target_cli`;
    const env = { JAGAD_TARGET_PASSWORD: server.password };
    for (const command of [
      ['verify', file],
      ['restore', file, '--to', target, '--yes', '--verify', 'skip'],
    ]) {
      const { code, stderr } = await typed(command, command[0] === 'verify' ? {} : env);
      expect([code, stderr]).toEqual([
        expect.any(Number),
        expect.stringContaining('(COMMENT app.TABLE t) is not accepted'),
      ]);
      expect(code).not.toBe(0);
    }
    const backup = await add(bytes);
    const started = await harness.api.startRestore(backup.id, {
      target_database: 'target_skip',
      verify: 'skip',
    } as object);
    expect(await harness.api.follow(started.id)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('(COMMENT app.TABLE t) is not accepted') },
    });
    expect(await witnesses()).toEqual(before);
    const databases = await sql(
      'postgres',
      "SELECT datname FROM pg_database WHERE datname IN ('target_cli', 'target_skip')",
    );
    expect(databases).toEqual([]);
  });

  it('is refused if its table of contents is too large to inspect first', async () => {
    const archive = editArchive(original);
    const view = entry(archive, 'VIEW', 'v');
    const many = Array.from({ length: 9000 }, (_, index) => ({
      ...view,
      dumpId: 10_000 + index,
      tag: `v${index}`,
      definition: `CREATE VIEW app.v${index} AS SELECT '${'x'.repeat(2000)}'::text AS a;\n`,
      drop: `DROP VIEW app.v${index};\n`,
    }));
    const { role } = place();
    archive.entries.push(...many, { ...view, dumpId: 30_000, definition: `CREATE ROLE ${role};\n` });
    const before = await witnesses();
    const backup = await add(archive.bytes());
    // a role loads nothing with unknown contents
    await harness.api.call('PUT', `/api/connections/${harness.connection.id}`, { trusted: true });
    const started = await harness.api.startRestore(backup.id, {
      target_database: 'target_large',
      verify: 'skip',
    } as object);
    expect(await harness.api.follow(started.id)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringMatching(/entry 30000 .* is not accepted/) },
    });
    expect(await witnesses()).toEqual(before);
    expect(await sql('target_large', "SELECT FROM pg_namespace WHERE nspname = 'app'")).toEqual([]);
  }, 120_000);
});

/** What pg_dump itself writes of the richest schemas there are here. */
describe('an honest archive', () => {
  let server: RunningServer;
  beforeAll(async () => {
    const started = await startServer('postgresql');
    if (started === undefined) throw new Error('no PostgreSQL');
    server = started;
    for (const [name, schema] of Object.entries({ everything: EVERYTHING, shapes: MANY_SHAPES })) {
      await runSql(server, 'postgres', [`CREATE DATABASE ${name}`]);
      await runSql(server, name, schema);
    }
  });
  afterAll(() => server.stop());

  it.each([
    ...['--quote-all-identifiers', '--load-via-partition-root', '--disable-dollar-quoting', '--create', '--no-owner'],
    ...['--schema-only', '--section=post-data', '--use-set-session-authorization', '--encoding=EUC_JP'],
  ])('is accepted from pg_dump %s', async (option) => {
    const reader = new ArchiveReader();
    reader.push(await buffer(openDump(server, 'everything', [option])));
    expect(() => reader.end()).not.toThrow();
  });

  it.each(['everything', 'shapes'])('is accepted: %s', async (name) => {
    const dump = await buffer(openDump(server, name));
    const reader = new ArchiveReader();
    reader.push(dump);
    expect(() => reader.end()).not.toThrow();
    if (name !== 'everything') return;
    // each kind that pg_dump 15 has is among them
    const kinds = new Set(reader.toc?.entries.map(({ desc }) => desc));
    const newer = ['BLOB METADATA', 'STATISTICS DATA', 'DATABASE PROPERTIES', 'SECURITY LABEL'];
    expect(Object.keys(ACCEPTED).filter((kind) => !kinds.has(kind) && !newer.includes(kind))).toEqual([]);
  });
});
