import { describe, expect, it } from 'vitest';
import { SSL_MODES } from '../../../../lib/databases/names.ts';
import {
  applicationName,
  conninfo,
  passFileLine,
  postgresCommand,
  type RestoreRun,
} from '../../../../lib/engines/postgres/load/commands.ts';
import { aConnection } from '../../../support/records.ts';

const KEEPALIVES = 'keepalives=1 keepalives_idle=60 keepalives_interval=10 keepalives_count=6';
const FILES = { passFile: '/private/pgpass', caFile: '/private/ca.pem', home: '/private' };
const PASSWORD = 'hunter2-$ecret';
const RESTORE_ID = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01';
const SESSION = applicationName(RESTORE_ID, '0a1b2c3d');
const RUN: RestoreRun = { role: undefined, files: FILES, session: SESSION, path: '/bin', endsIdle: false };
const target = (database = 'shop', overrides: Parameters<typeof aConnection>[0] = {}) => ({
  connection: aConnection(overrides),
  password: PASSWORD,
  database,
  restoreId: RESTORE_ID,
});

describe('the name of a database', () => {
  it.each([
    ['shop', "dbname='shop'"],
    ["o'clock", "dbname='o\\'clock'"],
    ["''", "dbname='\\'\\''"],
    ['two words ', "dbname='two words '"],
    ['Shop', "dbname='Shop'"],
    ['magasin_é名', "dbname='magasin_é名'"],
    ['host=evil.example', "dbname='host=evil.example'"],
    ['postgresql://evil.example/x', "dbname='postgresql://evil.example/x'"],
    ['--dbname', "dbname='--dbname'"],
    ['-c', "dbname='-c'"],
    ['back\\slash', "dbname='back\\\\slash'"],
    ["\\'", "dbname='\\\\\\''"],
    ["x' host='evil", "dbname='x\\' host=\\'evil'"],
    ['"quoted"', 'dbname=\'"quoted"\''],
  ])('%j', (name, expected) => expect(conninfo(name)).toBe(expected));

  it('is one argument of the tool, whatever it contains', () => {
    const { args } = postgresCommand(undefined, target("-c a=b 'x' --host=evil"), RUN);
    expect(args.at(-1)).toMatch(/^--dbname=dbname='-c a=b \\'x\\' --host=evil' keepalives=1 /);
    expect(args.every((arg) => arg.startsWith('--'))).toBe(true);
  });
});

it.each([
  ['plain', '*:*:*:*:plain\n'],
  ['a:b', '*:*:*:*:a\\:b\n'],
  ['a\\b', '*:*:*:*:a\\\\b\n'],
  ['\\:', '*:*:*:*:\\\\\\:\n'],
  [' é#"\' ', '*:*:*:*: é#"\' \n'],
])('a password file for %j', (password, line) => expect(passFileLine(password)).toBe(line));

describe('the commands', () => {
  it('pg_restore for an archive', () => {
    const { command, args } = postgresCommand(undefined, target(), RUN);
    expect(command).toBe('pg_restore');
    expect(args).toEqual([
      '--no-subscriptions',
      '--verbose',
      '--host=db.example.com',
      '--port=5432',
      '--username=jagad',
      '--no-password',
      `--dbname=dbname='shop' ${KEEPALIVES}`,
    ]);
  });

  it('pg_restore as a role of the restore, with a list and without owners and grants', () => {
    const { args } = postgresCommand(undefined, target(), { ...RUN, role: { username: 'r', list: '/private/list' } });
    expect(args).toEqual(
      expect.arrayContaining(['--no-owner', '--no-acl', '--use-list=/private/list', '--username=r']),
    );
  });

  it('keep waiting sessions alive if the server ends idle ones', () => {
    const { env } = postgresCommand(undefined, target(), { ...RUN, endsIdle: true });
    expect(env).toMatchObject({ PGOPTIONS: '-c idle_session_timeout=0' });
  });

  it('ask for messages in English if told to', () => {
    const { env } = postgresCommand(undefined, target(), { ...RUN, endsIdle: true, english: true });
    expect(env.PGOPTIONS).toBe('-c idle_session_timeout=0 -c lc_messages=C');
  });

  it('pg_restore with several jobs from a file, which is the last argument', () => {
    const archive = { path: '/private/archive', jobs: 4 };
    const { args } = postgresCommand(archive, target(), RUN);
    expect(args.slice(-3)).toEqual([`--dbname=dbname='shop' ${KEEPALIVES}`, '--jobs=4', '/private/archive']);
    expect(args).not.toContain('--single-transaction'); // which pg_restore refuses with --jobs
  });

  it.each(SSL_MODES)('contain no password with %s, and nothing from this process’s environment', (ssl_mode) => {
    const { args, env } = postgresCommand(undefined, target('shop', { ssl_mode }), { ...RUN, path: '/opt/bin' });
    expect(JSON.stringify([args, env])).not.toContain(PASSWORD);
    expect(env).toEqual({
      PATH: '/opt/bin',
      HOME: '/private',
      LC_ALL: 'C',
      PGPASSFILE: '/private/pgpass',
      PGAPPNAME: SESSION,
      PGCONNECT_TIMEOUT: '20',
      PGGSSENCMODE: 'disable',
      PGSSLMODE: ssl_mode,
      ...(ssl_mode.startsWith('verify') ? { PGSSLROOTCERT: '/private/ca.pem' } : {}),
    });
  });

  it('name their session in at most the 63 bytes that the server keeps', () => {
    expect(applicationName(RESTORE_ID, 'x'.repeat(12)).length).toBeLessThanOrEqual(63);
  });
});
