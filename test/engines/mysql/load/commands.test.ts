import { describe, expect, it } from 'vitest';
import { SSL_MODES } from '../../../../lib/databases/names.ts';
import { mysqlToolTls } from '../../../../lib/engines/connect/tls.ts';
import {
  ASK_SESSION_ID,
  clientFlavour,
  defaultsFile,
  mysqlCommand,
} from '../../../../lib/engines/mysql/load/commands.ts';
import { aConnection } from '../../../support/records.ts';

const FILES = { defaultsFile: '/private/my.cnf', caFile: '/private/ca.pem', home: '/private' };
const PASSWORD = 'hunter2-$ecret';
const MARIADB = { command: 'mariadb', flavour: 'mariadb' } as const;
const ORACLE = { command: 'mysql', flavour: 'oracle' } as const;
const target = (database = 'shop', overrides: Parameters<typeof aConnection>[0] = {}) => ({
  connection: aConnection({ db_type: 'mariadb', port: 3306, ...overrides }),
  password: PASSWORD,
  database,
  restoreId: 'r',
});

describe('the command', () => {
  it('runs the client against the server over TCP, with its settings from the one file', () => {
    const { command, args, env } = mysqlCommand(MARIADB, target(), false, FILES, '/opt/bin');
    expect(command).toBe('mariadb');
    expect(args[0]).toBe('--defaults-file=/private/my.cnf');
    expect(args.slice(1, 7)).toEqual(['-h', 'db.example.com', '-P', '3306', '-u', 'jagad']);
    for (const flag of [
      '--protocol=TCP',
      '--binary-mode',
      '--batch',
      '--unbuffered',
      '--default-character-set=utf8mb4',
    ]) {
      expect(args).toContain(flag);
    }
    expect(env).toEqual({ PATH: '/opt/bin', HOME: '/private', LC_ALL: 'C' });
  });

  it.each([
    'shop',
    'two words',
    "o'clock",
    'a=b',
    'mysql://evil',
    '-e',
    '--help',
    'back\\slash',
    '名é',
    '`',
    'Shop',
    '$HOME',
  ])('passes the database %j unchanged, in one argument', (database) => {
    const { args } = mysqlCommand(MARIADB, target(database), true, FILES, '');
    expect(args.at(-1)).toBe(`--database=${database}`);
  });

  it.each(SSL_MODES)('has TLS flags for %s with either client, and never a password', (ssl_mode) => {
    for (const client of [MARIADB, ORACLE]) {
      for (const encrypted of [true, false]) {
        const { args, env } = mysqlCommand(client, target('shop', { ssl_mode }), encrypted, FILES, '');
        const mode = ssl_mode === 'verify-ca' ? 'verify-full' : ssl_mode;
        const flags = mysqlToolTls(client.flavour, mode, encrypted, FILES.caFile);
        expect(args).toEqual(expect.arrayContaining(flags));
        expect(args.filter((arg) => arg.includes('ssl'))).toEqual(flags.filter((flag) => flag.includes('ssl')));
        expect(JSON.stringify([args, env])).not.toContain(PASSWORD);
        expect(args.some((arg) => /^(-p|--password)/.test(arg))).toBe(false);
      }
    }
  });
});

it.each([
  ['plain', '"plain"'],
  ['a"b', '"a\\"b"'],
  ['a\\b', '"a\\\\b"'],
  ['a\\nb', '"a\\\\nb"'],
  ['a\nb', '"a\\nb"'],
  [" # ; = ' é ", '" # ; = \' é "'],
  ['[client]', '"[client]"'],
])('a settings file for the password %j', (password, value) => {
  expect(defaultsFile(password)).toBe(`[client]\npassword=${value}\n`);
  expect(defaultsFile(password).split('\n')).toHaveLength(3);
});

it('the query for the session’s id has no line of its own', () => {
  expect(ASK_SESSION_ID).toMatch(/;\s$/);
  expect(ASK_SESSION_ID).not.toContain('\n');
});

it.each([
  ['mariadb  Ver 15.1 Distrib 10.11.14-MariaDB, for debian-linux-gnu (x86_64)', 'mariadb'],
  ['mysql from 11.8.3-MariaDB, client 15.2 for debian-linux-gnu (x86_64) using EditLine wrapper', 'mariadb'],
  ['mysql  Ver 9.7.4 for Linux on x86_64 (MySQL Community Server - GPL)', 'oracle'],
  ['mysql  Ver 8.0.43-0ubuntu0.24.04.1 for Linux on x86_64 ((Ubuntu))', 'oracle'],
])('%s identifies the client of %s', (version, flavour) => expect(clientFlavour(version)).toBe(flavour));
