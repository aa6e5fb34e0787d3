import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DumpEndCheck } from '../../lib/databases/dump-end.ts';
import { dumpKind } from '../../lib/databases/dump-kind.ts';

const fixture = (path: string) =>
  gunzipSync(readFileSync(new URL(`../fixtures/jagad/objects/backups/${path}.sql.gz`, import.meta.url)));
const ARCHIVE = fixture('Production PG/shop/7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b02-20261122-030000');
const MARIADB = fixture('Shop MariaDB/shop/7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b04-20261122-050000');
const MYSQL = fixture('Shop MySQL/shop/7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b06-20261122-070000');

function check(dump: Buffer | string, size = 65_536): DumpEndCheck {
  const bytes = Buffer.from(dump);
  const seen = new DumpEndCheck();
  for (let at = 0; at < bytes.length; at += size) {
    // One buffer is reused, as a stream may do, so that its earlier content can't be relied on.
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    seen.push(chunk);
    chunk.fill(0x21);
  }
  seen.end();
  return seen;
}

const INCOMPLETE = /^the dump ends half-way/;

describe('whole dumps', () => {
  it('from the fixtures pass, and are counted', () => {
    expect(check(ARCHIVE)).toMatchObject({ bytes: ARCHIVE.length, kind: 'pg-archive', archiveVersion: '1.14' });
    expect(check(ARCHIVE).toc?.databaseName).toBe('shop');
    expect(check(MARIADB)).toMatchObject({ bytes: MARIADB.length, kind: 'sql', toc: undefined, checksEnd: true });
    expect(check(MYSQL)).toMatchObject({ bytes: MYSQL.length, kind: 'sql' });
  });

  it('pass in chunks of any size', () => {
    for (const size of [1, 7, 511, 512, 513, 4096, 5000]) {
      expect(() => check(MARIADB.subarray(-20_000), size)).toThrow(/not a dump that we know/);
      expect(check(Buffer.concat([MARIADB.subarray(0, 600), MARIADB.subarray(-9000)]), size).kind).toBe('sql');
      expect(check(ARCHIVE, size).toc?.entries).toHaveLength(51);
    }
  });
});

describe('mysqldump and mariadb-dump', () => {
  const dump = (end: string) =>
    `-- MySQL dump 10.13  Distrib 9.7.4, for Linux (x86_64)\n\nINSERT INTO \`t\` VALUES (1);\n/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n\n${end}`;

  it.each([
    '-- Dump completed on 2026-11-22 13:40:32\n',
    '-- Dump completed on 2026-11-22  3:40:32\n',
    '-- Dump completed\n',
    '-- Dump completed\r\n\r\n',
    '-- Dump completed\n\n\n',
  ])('%j is a valid end', (end) => {
    expect(check(dump(end)).kind).toBe('sql');
  });

  it.each([
    ['nothing', ''],
    ['a line cut short', '-- Dump completed on 2026-11-22 13:40:32'],
    ['the end mark followed by a statement', '-- Dump completed\nINSERT INTO `t` VALUES (2);\n'],
    [
      'the end mark followed by a setting and a statement',
      '-- Dump completed\n/*!40111 SET SQL_NOTES=1 */;\nUNLOCK TABLES;\n',
    ],
    ['the end mark within a string', "INSERT INTO `t` VALUES ('-- Dump completed on 2026-11-22 13:40:32');\n"],
    ['the end mark with more words', '-- Dump completed, nearly\n'],
    ['the end mark in a string with line breaks', "INSERT INTO `t` VALUES ('\n-- Dump completed\n"],
    ['the end mark of another tool', '--\n-- PostgreSQL database dump complete\n--\n'],
    ['only blank lines', '\n'.repeat(6000)],
  ])('%s is not a valid end', (_, end) => {
    expect(() => check(dump(end))).toThrow(INCOMPLETE);
  });

  it('are incomplete if they are cut anywhere', () => {
    for (let cut = 1; cut < 400; cut++) expect(() => check(MARIADB.subarray(0, -cut)), `${cut}`).toThrow(INCOMPLETE);
    for (let at = 600; at < MYSQL.length - 1; at += 7919) {
      expect(() => check(MYSQL.subarray(0, at)), `${at}`).toThrow(INCOMPLETE);
    }
  });

  it('report what to do', () => {
    expect(() => check(dump(''))).toThrow(
      expect.objectContaining({ code: 'DECOMPRESS_ERROR', hint: expect.stringContaining('--skip-comments') }),
    );
  });
});

describe('plain pg_dump', () => {
  const dump = (end: string) => `--\n-- PostgreSQL database dump\n--\n\nSET row_security = off;\n\n${end}`;
  const complete = '--\n-- PostgreSQL database dump complete\n--\n\n';

  it.each([complete, `${complete}\\unrestrict kX2ab0\n\n`])('%j is a valid end', (end) => {
    expect(check(dump(end)).kind).toBe('sql');
  });

  it.each([
    ['nothing', ''],
    ['the end mark followed by a statement', `${complete}SELECT 1;\n`],
    ['two ends of \\restrict', `${complete}\\unrestrict a\n\\unrestrict b\n`],
    ['the end mark of another tool', '/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n-- Dump completed\n'],
    ['the end mark within a row', 'COPY t FROM stdin;\nx -- PostgreSQL database dump complete\n'],
  ])('%s is not a valid end', (_, end) => {
    expect(() => check(dump(end))).toThrow(INCOMPLETE);
  });
});

describe("data that isn't a dump", () => {
  const tar = Buffer.alloc(1024);
  tar.write('-- a.sql');
  tar.write('ustar', 257);
  it.each([
    ['nothing', Buffer.alloc(0), 'it is empty'],
    ['a tar', tar, 'it is a tar archive'],
    ['gzip once more', Buffer.from([0x1f, 0x8b, 8, 0]), 'it is gzip inside gzip'],
    ['an xbstream', Buffer.from('XBSTCK01\0\0'), 'it is a physical backup (xbstream)'],
    ['a table file of MySQL', Buffer.from([0xfe, 1, 0, 0, 8, 9]), 'it starts with the bytes fe0100000809'],
    ['a web page', Buffer.from('<html>SELECT</html>'), 'it starts with the bytes 3c68746d6c3e5345'],
  ])('is reported as %s', (_, bytes, what) => {
    expect(() => check(bytes)).toThrow(`this is not a dump that we know: ${what}`);
  });

  it('is recognised before its end, from 512 bytes on', () => {
    expect(() => new DumpEndCheck().push(tar)).toThrow('it is a tar archive');
  });
});

it.each([
  ['PGDMP\x01\x0e\0', 'pg-archive'],
  ['/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump', 'sql'],
  ['\ufeff-- MySQL dump', 'sql'],
  ['\\restrict abc\n', 'sql'],
  ['\n\nset names utf8;', 'sql'],
])('dumpKind(%j) is %s', (first, kind) => {
  expect(dumpKind(Buffer.from(first))).toBe(kind);
});
