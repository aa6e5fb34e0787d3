/** Tests connections, against real servers: what is found, and what is reported if the login fails. */
import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../lib/connections/model.ts';
import { testConnection } from '../../lib/connections/test-connection.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import { freePort } from '../../lib/local/servers/free-port.ts';
import { startPostgres } from '../../lib/local/servers/postgres.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { makeCertificates, type TestCertificates } from '../support/certificates.ts';
import { aConnection } from '../support/records.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';

const PASSWORD = 'a password: with "quotes" and \\';
let certificates: TestCertificates;
let postgres: RunningServer;
let mariadb: RunningServer;
let mysql: RunningServer | undefined;

beforeAll(async () => {
  certificates = await makeCertificates();
  const hba = join(certificates.directory, 'pg_hba.conf');
  await writeFile(
    hba,
    [
      'hostssl all ssl_only 127.0.0.1/32 scram-sha-256',
      'host closed all 127.0.0.1/32 reject',
      'host all postgres,owner,stranger 127.0.0.1/32 scram-sha-256',
      '',
    ].join('\n'),
  );
  await chmod(hba, 0o644);
  const { certFile, keyFile } = certificates;
  const settings = ['ssl=on', `ssl_cert_file=${certFile}`, `ssl_key_file=${keyFile}`, `hba_file=${hba}`];
  [postgres, mariadb, mysql] = await Promise.all([
    startPostgres({ extraArgs: settings.flatMap((setting) => ['-c', setting]) }),
    startServer('mariadb') as Promise<RunningServer>,
    startServer('mysql'),
  ]);
  await sql(
    postgres,
    'postgres',
    ...['ssl_only', 'owner', 'stranger'].map((role) => `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`),
    'CREATE DATABASE shop OWNER owner',
    'CREATE DATABASE others',
    'REVOKE CONNECT ON DATABASE others FROM PUBLIC',
  );
  await sql(postgres, 'shop', 'CREATE EXTENSION pgcrypto', 'CREATE TABLE public.t (id int PRIMARY KEY)');
  await sql(mariadb, undefined, 'CREATE DATABASE shop', ...grants("'limited'@'%'"));
  if (mysql) await sql(mysql, undefined, 'CREATE DATABASE shop', ...grants("'limited'@'%'"));
});
afterAll(async () => {
  await Promise.all([postgres, mariadb, mysql].map((server) => server?.stop()));
  await certificates?.remove();
});

function grants(user: string): string[] {
  const password = PASSWORD.replaceAll('\\', '\\\\');
  return [`CREATE USER ${user} IDENTIFIED BY '${password}'`, `GRANT SELECT, INSERT ON shop.* TO ${user}`];
}

async function sql(server: RunningServer, database: string | undefined, ...statements: string[]): Promise<void> {
  const session = await openSession(server, database);
  try {
    for (const statement of statements) await session.rows(statement);
  } finally {
    await session.end();
  }
}

/** Tests the connection to a server, with the given fields changed. */
function tried(server: RunningServer, fields: Partial<Connection> = {}, password?: string, databases: string[] = []) {
  const { dbType: db_type, host, port, username } = server;
  const connection = aConnection({ name: 'target', db_type, host, port, username, ...fields });
  const own = fields.username === undefined ? server.password : PASSWORD;
  return testConnection({ connection, password: password ?? own }, databases);
}
const missing = ({ rights }: Awaited<ReturnType<typeof tried>>) =>
  rights.filter(({ granted }) => !granted).map(({ right, required }) => `${required ? '' : '(not needed) '}${right}`);

describe('PostgreSQL', () => {
  it('is recognised by its version, and an administrator lacks nothing', async () => {
    const found = await tried(postgres);
    expect(found).toMatchObject({ ok: true, error: null, hint: null });
    expect(found.server_version).toContain(postgres.version);
    expect(found.tls).toMatch(/^TLSv1\.3 TLS_\w+$/);
    expect(found.rights.map(({ right }) => right)).toEqual(
      expect.arrayContaining(['CONNECT on database shop', 'CREATE on database others', 'CREATEDB']),
    );
    expect(missing(found)).toEqual([]);
  });

  it('names what the owner of the database lacks: objects of other owners, but not those of an extension', async () => {
    const found = await tried(postgres, { username: 'owner' }, undefined, ['shop']);
    expect(missing(found)).toEqual([
      'ownership of the objects in shop',
      '(not needed) CREATEDB',
      '(not needed) SUPERUSER, or its equivalent on a managed service',
    ]);
    expect(found.rights.find(({ right }) => right.startsWith('ownership'))?.needed_for).toContain(
      '1 belong to others, such as public.t',
    );
    expect(found).toMatchObject({ ok: true, hint: expect.stringContaining('ownership of the objects in shop') });
    await sql(postgres, 'shop', 'ALTER TABLE public.t OWNER TO owner');
    expect((await tried(postgres, { username: 'owner' }, undefined, ['shop'])).hint).toBeNull();
    await sql(postgres, 'shop', 'ALTER TABLE public.t OWNER TO postgres', 'GRANT postgres TO owner');
    // a user who can become a superuser has more rights than an owner: a temporary role has to load
    expect((await tried(postgres, { username: 'owner' }, undefined, ['shop'])).hint).toMatch(
      /restore needs it: CREATEROLE\.$/,
    );
    await sql(postgres, 'shop', 'REVOKE postgres FROM owner');
  });

  it('names what another user lacks in an existing database, a closed one and a missing one', async () => {
    const found = await tried(postgres, { username: 'stranger' }, undefined, ['shop', 'others', 'not there']);
    expect(missing(found)).toEqual([
      'CREATE on database shop',
      'CREATE on schema public of shop',
      'ownership of the objects in shop',
      'CREATEDB',
      'CONNECT on database others',
      '(not needed) SUPERUSER, or its equivalent on a managed service',
    ]);
  });

  it('inspects the existing databases if none is named', async () => {
    const { rights } = await tried(postgres, { username: 'stranger' });
    expect(rights.some(({ right }) => right.includes('others'))).toBe(false);
    expect(rights.filter(({ right }) => right.startsWith('CONNECT'))).toHaveLength(1);
  });

  it.each([
    ['disable', null],
    ['allow', null],
    ['prefer', /^TLSv1/],
    ['require', /^TLSv1/],
  ] as const)('connects with ssl_mode %s', async (ssl_mode, tls) => {
    const found = await tried(postgres, { ssl_mode });
    expect(found.ok).toBe(true);
    expect(found.tls).toEqual(tls === null ? null : expect.stringMatching(tls));
  });

  it.each(['verify-ca', 'verify-full'] as const)('verifies the certificate with ssl_mode %s', async (ssl_mode) => {
    const found = await tried(postgres, { ssl_mode, ca_bundle: certificates.ca });
    expect(found).toMatchObject({ ok: true, tls: expect.stringMatching(/^TLSv1/) });
    expect(await tried(postgres, { ssl_mode })).toMatchObject({
      ok: false,
      error: expect.stringMatching(/certificate/),
      hint: expect.stringContaining('Set ca_bundle'),
    });
  });

  it('verifies the name only with verify-full', async () => {
    const fields = { host: 'localhost', ca_bundle: certificates.ca };
    expect((await tried(postgres, { ...fields, ssl_mode: 'verify-ca' })).ok).toBe(true);
    expect(await tried(postgres, { ...fields, ssl_mode: 'verify-full' })).toMatchObject({
      ok: false,
      hint: expect.stringContaining('is not made out to localhost'),
    });
  });

  it('says that the server insists on TLS', async () => {
    expect(await tried(postgres, { username: 'ssl_only', ssl_mode: 'disable' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('no pg_hba.conf entry'),
      hint: expect.stringContaining('insists on TLS'),
    });
    expect((await tried(postgres, { username: 'ssl_only', ssl_mode: 'allow' })).tls).toMatch(/^TLSv1/);
  });

  it('says that a wrong password is wrong', async () => {
    expect(await tried(postgres, {}, 'wrong')).toEqual({
      ok: false,
      server_version: null,
      tls: null,
      rights: [],
      error: expect.stringContaining('cannot connect to target (127.0.0.1'),
      hint: 'Check username and password: the server refuses postgres with this password.',
    });
  });
});

describe.each(['mariadb', 'mysql'] as const)('%s', (type) => {
  const server = () => (type === 'mariadb' ? mariadb : mysql) as RunningServer;
  const skipWithout = (skip: (why: string) => void) => {
    if (type === 'mysql' && mysql === undefined) skip(NO_MYSQL);
  };

  it('is recognised by its version, and an administrator lacks nothing', async ({ skip }) => {
    skipWithout(skip);
    const found = await tried(server());
    expect(found).toMatchObject({ ok: true, error: null, hint: null });
    expect(found.server_version).toContain(server().version);
    expect(found.rights.map(({ right }) => right)).toContain('CREATE on `shop`.*');
    expect(missing(found)).toEqual([]);
  });

  it('names what a user with few grants lacks', async ({ skip }) => {
    skipWithout(skip);
    const found = await tried(server(), { username: 'limited' });
    expect(missing(found)).toEqual([
      ...[
        'CREATE',
        'DROP',
        'ALTER',
        'INDEX',
        'REFERENCES',
        'LOCK TABLES',
        'CREATE VIEW',
        'TRIGGER',
        'CREATE ROUTINE',
      ].map((privilege) => `${privilege} on \`shop\`.*`),
      'ALTER ROUTINE on `shop`.*',
      'EVENT on `shop`.*',
      '(not needed) CREATE USER',
      `(not needed) ${type === 'mariadb' ? 'SET USER or SUPER' : 'SET_ANY_DEFINER or SET_USER_ID or SUPER'}`,
    ]);
  });

  it('counts the privileges of a role', async ({ skip }) => {
    skipWithout(skip);
    await sql(
      server(),
      undefined,
      'CREATE ROLE loader',
      'GRANT ALL ON `sh\\_p%`.* TO loader',
      'GRANT CREATE ON shop.* TO loader',
    );
    const user = "'limited'@'%'";
    await sql(
      server(),
      undefined,
      ...(type === 'mariadb'
        ? [`GRANT loader TO ${user}`, `SET DEFAULT ROLE loader FOR ${user}`]
        : [`GRANT loader TO ${user}`, `SET DEFAULT ROLE loader TO ${user}`]),
    );
    const found = await tried(server(), { username: 'limited' }, undefined, ['shop', 'sh_pping']);
    expect(missing(found)).not.toContain('CREATE on `shop`.*');
    expect(missing(found)).toContain('DROP on `shop`.*');
    expect(missing(found).filter((right) => right.includes('sh_pping'))).toEqual([]);
  });

  it('says that a wrong password is wrong', async ({ skip }) => {
    skipWithout(skip);
    expect(await tried(server(), {}, 'wrong')).toMatchObject({
      ok: false,
      hint: 'Check username and password: the server refuses root with this password.',
    });
  });

  it('says that the other one isn’t such a server', async ({ skip }) => {
    skipWithout(skip);
    const wrong = type === 'mariadb' ? 'mysql' : 'mariadb';
    const found = await tried(server(), { db_type: wrong });
    expect(found).toMatchObject({ ok: false, rights: [], hint: expect.stringContaining(`db_type ${type}`) });
    expect(found.error).toMatch(type === 'mariadb' ? /is MariaDB \d.*, not MySQL/ : /is MySQL \d.*, not MariaDB/);
  });

  it('says that PostgreSQL isn’t such a server, and the other way round', async ({ skip }) => {
    skipWithout(skip);
    expect(await tried(postgres, { db_type: type })).toMatchObject({
      ok: false,
      error: expect.stringMatching(/is PostgreSQL, not M/),
    });
    for (const ssl_mode of ['prefer', 'disable'] as const) {
      expect(await tried(server(), { db_type: 'postgresql', ssl_mode })).toMatchObject({
        ok: false,
        error: expect.stringMatching(/is M\w+ \d.*, not PostgreSQL/),
      });
    }
  });

  it('says whether encryption is in use, or missing', async ({ skip }) => {
    skipWithout(skip);
    const found = await tried(server(), { ssl_mode: 'require' });
    if (type === 'mysql') {
      expect(found.tls).toMatch(/^TLSv1\.\d TLS_/);
      expect((await tried(server(), { ssl_mode: 'disable' })).tls).toBeNull();
      await sql(server(), undefined, 'SET GLOBAL require_secure_transport = ON');
      expect(await tried(server(), { ssl_mode: 'disable' })).toMatchObject({
        ok: false,
        hint: expect.stringContaining('insists on TLS'),
      });
      expect((await tried(server(), { ssl_mode: 'verify-full' })).hint).toContain('Set ca_bundle');
    } else {
      // Debian's MariaDB has no certificate unless it is given one
      expect(found).toMatchObject({ ok: false, hint: expect.stringContaining('Switch TLS on at the server') });
      expect((await tried(server(), { ssl_mode: 'prefer' })).tls).toBeNull();
    }
  });
});

describe('if no database answers', () => {
  let silent: Server;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    silent = createServer().listen(port, '127.0.0.1');
  });
  afterAll(() => void silent.close());

  it.each(['postgresql', 'mysql'] as const)('says so in time: %s', async (db_type) => {
    const connection = aConnection({ db_type, host: '127.0.0.1', port });
    const began = performance.now();
    expect(await testConnection({ connection, password: 'x' }, [], 4000)).toMatchObject({
      ok: false,
      error: `127.0.0.1:${port} did not answer within 4 s`,
      hint: expect.stringContaining('firewalls'),
    });
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it.each(['postgresql', 'mysql'] as const)(
    'says that nothing listens, or that the host is unknown: %s',
    async (db_type) => {
      const refused = aConnection({ db_type, host: '127.0.0.1', port: await freePort() });
      expect(await testConnection({ connection: refused, password: 'x' }, [])).toMatchObject({
        ok: false,
        hint: expect.stringContaining('nothing listens'),
      });
      const unknown = aConnection({ db_type, host: 'no-such-host.invalid' });
      expect(await testConnection({ connection: unknown, password: 'x' }, [])).toMatchObject({
        ok: false,
        hint: expect.stringContaining('it has no address for'),
      });
    },
  );
});
