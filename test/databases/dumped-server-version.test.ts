import { describe, expect, it } from 'vitest';
import { dumpedServerVersion, isOlderServer } from '../../lib/databases/dumped-server-version.ts';

describe('the version of the dumped server', () => {
  it.each([
    [
      'mysqldump',
      '-- MySQL dump 10.13  Distrib 9.7.0, for Linux (x86_64)\n--\n-- Host: localhost    Database: shop\n-- ------\n-- Server version\t9.7.0\n',
      '9.7.0',
    ],
    [
      'mariadb-dump',
      '/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19-11.8.6-MariaDB, for debian-linux-gnu\n--\n-- ----\n-- Server version\t10.11.14-MariaDB-0+deb12u2\n',
      '10.11.14-MariaDB-0+deb12u2',
    ],
    [
      'a plain pg_dump',
      '--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.18 (Debian 15.18-0)\n-- Dumped by pg_dump version 17.2\n',
      '15.18',
    ],
    ['a dump of another tool', 'CREATE TABLE t (id int);\n', undefined],
    ['a dump that states it too late', `-- ${'x'.repeat(3000)}\n-- Server version\t9.7.0\n`, undefined],
    ['a value that looks like it', "INSERT INTO t VALUES ('-- Server version\t1.0');\n", undefined],
  ])('in %s', (_, head, version) => {
    expect(dumpedServerVersion(Buffer.from(head))).toBe(version);
  });
});

describe('a server is older than the one that was dumped', () => {
  it.each([
    ['postgresql', '15.18 (Debian 15.18-0+deb12u1)', '17.2', true],
    ['postgresql', '15.3', '15.18 (Debian 15.18-0+deb12u1)', false],
    ['postgresql', '17.2', '9.6.24', false],
    ['postgresql', '9.5.25', '9.6.24', true],
    ['postgresql', '18beta1', '17.2', false],
    ['mysql', '8.0.36', '8.4.2', true],
    ['mysql', '8.4.2', '8.4.9', false],
    ['mysql', '9.7.0', '8.4.2', false],
    ['mysql', '5.7.44-log', '8.0.36', true],
    ['mysql', '9.7.4-2', '12.1.2-MariaDB', false],
    ['mariadb', '10.11.14-MariaDB', '11.0.1', false],
    ['mariadb', '10.6.22-MariaDB', '10.11.14-MariaDB-0+deb12u2', true],
    ['mariadb', '11.8.6-MariaDB', '10.11.14-MariaDB', false],
    ['mariadb', '5.5.5-10.11.14-MariaDB-log', '10.6.22-MariaDB', false],
  ] as const)('%s %s, dumped %s: %s', (dbType, server, dumped, older) => {
    expect(isOlderServer(server, dumped, dbType)).toBe(older);
  });
});
