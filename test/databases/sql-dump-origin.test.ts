import { expect, it } from 'vitest';
import { sqlDumpOrigin } from '../../lib/databases/sql-dump-origin.ts';

const UNKNOWN = { dbType: undefined, tool: undefined, database: undefined };

it.each([
  [
    'mysqldump',
    '-- MySQL dump 10.13  Distrib 9.7.0, for Linux (x86_64)\n--\n-- Host: db.example.org    Database: my shop\n-- ------\n-- Server version\t9.7.0\n',
    { dbType: 'mysql', tool: 'mysqldump 9.7.0', database: 'my shop' },
  ],
  [
    'mariadb-dump 10, of MySQL',
    '/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)\n--\n-- Host: 127.0.0.1    Database: shop\n-- ------\n-- Server version\t9.7.4-2\n',
    { dbType: 'mysql', tool: 'mariadb-dump 10.11.19-MariaDB', database: 'shop' },
  ],
  [
    'mariadb-dump 11',
    '-- MariaDB dump 10.19-11.8.6-MariaDB, for debian-linux-gnu\n--\n-- Host: localhost    Database: shop\n-- ----\n-- Server version\t10.11.14-MariaDB-0+deb12u2\n',
    { dbType: 'mariadb', tool: 'mariadb-dump 11.8.6-MariaDB', database: 'shop' },
  ],
  [
    'a plain pg_dump, which does not name the database',
    '--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\n-- Dumped from database version 15.18 (Debian 15.18-0)\n-- Dumped by pg_dump version 17.6 (Debian)\n',
    { dbType: 'postgresql', tool: 'pg_dump 17.6', database: undefined },
  ],
  [
    'a mysqldump with half of its comments',
    '-- MySQL dump 10.13  Distrib 8.0.36, for Linux\n',
    { ...UNKNOWN, tool: 'mysqldump 8.0.36' },
  ],
  ['a dump without comments', 'CREATE TABLE t (id int);\n', UNKNOWN],
  ['values that look like comments', "INSERT INTO t VALUES ('-- MySQL dump 10.13  Distrib 9.7.0,');\n", UNKNOWN],
])('what a dump says about its origin: %s', (_, head, origin) => {
  expect(sqlDumpOrigin(Buffer.from(head))).toEqual(origin);
});
