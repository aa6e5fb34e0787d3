import { describe, expect, it } from 'vitest';
import { mysqlFamilyType } from '../../lib/databases/mysql.ts';
import { isPostgresAnswer, readMysqlGreeting, SSL_REQUEST } from '../../lib/engines/server-greeting.ts';

function greeting(version: string, protocol = 10): Buffer {
  const body = Buffer.concat([Buffer.from([protocol]), Buffer.from(`${version}\0`), Buffer.alloc(40, 7)]);
  return Buffer.concat([Buffer.from([body.length, 0, 0, 0]), body]);
}

describe('the greeting of MySQL and MariaDB', () => {
  it.each([
    ['8.4.3', { dbType: 'mysql', version: '8.4.3' }],
    ['5.5.5-10.11.14-MariaDB-0+deb12u2', { dbType: 'mariadb', version: '10.11.14-MariaDB-0+deb12u2' }],
    ['11.8.2-MariaDB', { dbType: 'mariadb', version: '11.8.2-MariaDB' }],
  ])('%s', (version, expected) => {
    const bytes = greeting(version);
    expect(readMysqlGreeting(bytes)).toEqual(expected);
    const versionEnd = 5 + version.length;
    for (let length = 0; length <= versionEnd; length++) {
      expect(readMysqlGreeting(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(readMysqlGreeting(bytes.subarray(0, versionEnd + 1))).toEqual(expected);
  });

  it.each([
    ['another protocol', greeting('8.4.3', 9)],
    ['an error', Buffer.from([20, 0, 0, 0, 0xff, 0x6a, 4, ...Buffer.from('Host is blocked\0')])],
    ['SSH', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    ['text where a version belongs', greeting('hello')],
  ])('is not that of %s', (_, bytes) => {
    expect(readMysqlGreeting(bytes)).toBeUndefined();
  });
});

it('identifies PostgreSQL by its answer', () => {
  expect(SSL_REQUEST.readInt32BE(4)).toBe(80877103);
  expect(['S', 'N', 'E', 'HTTP', ''].map((text) => isPostgresAnswer(Buffer.from(text)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

it('distinguishes MySQL and MariaDB by their answer to VERSION()', () => {
  expect(mysqlFamilyType('10.6.14-MariaDB-log')).toBe('mariadb');
  expect(mysqlFamilyType('9.7.0')).toBe('mysql');
});
