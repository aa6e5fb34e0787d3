import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Contents } from '../../../lib/pipeline/contents.ts';
import { ContentCheck } from '../../../lib/pipeline/verification/content-check.ts';
import { CHECKPOINTS, endOfArchive, file, INFO } from '../../support/physical/xbstream.ts';

const FIXTURE = new URL('../../fixtures/jagad-real/objects/mariabackup-slash.tar.gz', import.meta.url);

function check(bytes: Buffer, contents?: Contents, size = bytes.length) {
  const checking = new ContentCheck(contents);
  for (let at = 0; at < bytes.length; at += size) checking.push(bytes.subarray(at, at + size));
  return checking.end();
}

describe('an archive', () => {
  const facts = {
    checkpoints: { type: 'full', fromLsn: '0', toLsn: '44878' },
    serverVersion: '10.11.19-MariaDB-0+deb12u1-log',
    logStart: { file: 'binlog.000001', position: 204827, gtid: '0-1-764' },
  };

  it.each(['archive', undefined] as const)('of the real Mariabackup states its kind: asked for %s', (contents) => {
    const stream = gunzipSync(readFileSync(FIXTURE));
    expect(check(stream, contents)).toEqual(facts);
    expect(check(stream, contents, 4099)).toEqual(facts);
  });

  it('is recognised by its first bytes, however they are split', () => {
    for (const size of [1, 3, 8, 600]) {
      expect(check(endOfArchive(), undefined, size)).toMatchObject({ checkpoints: facts.checkpoints });
    }
  });

  it.each(['mariadb_backup_', 'xtrabackup_'])('has files that start with %s', (prefix) => {
    const files = [file(`${prefix}checkpoints`, CHECKPOINTS), file(`${prefix}info`, INFO)];
    expect(check(Buffer.concat(files), 'archive')).toMatchObject({ serverVersion: '10.11.19-MariaDB-log' });
  });

  it.each([
    [
      'its checkpoints',
      [file('xtrabackup_info', INFO)],
      'there is no xtrabackup_checkpoints or mariadb_backup_checkpoints',
    ],
    [
      'its info file',
      [file('xtrabackup_checkpoints', CHECKPOINTS)],
      'there is no xtrabackup_info or mariadb_backup_info',
    ],
    ['both', [file('ibdata1', '')], 'there is no xtrabackup_checkpoints'],
    // a database may have a table of that name
    ['its own checkpoints', [file('shop/xtrabackup_checkpoints', CHECKPOINTS)], 'there is no xtrabackup_checkpoints'],
  ])('that lacks %s is incomplete', (_, files, message) => {
    expect(() => check(Buffer.concat(files), 'archive')).toThrow(`the archive ends half-way: ${message}`);
  });

  it.each(['xtrabackup_info.zst', 'xtrabackup_info.lz4.xbcrypt', 'xtrabackup_info.qp'])(
    'that the backup tool compressed or encrypted itself is reported: %s',
    (name) => {
      const files = [file('xtrabackup_checkpoints', CHECKPOINTS), file(name, 'x')];
      expect(() => check(Buffer.concat(files), 'archive')).toThrow(
        `compressed or encrypted the backup: it holds ${name}`,
      );
    },
  );

  it('that was prepared before it was stored cannot be restored', () => {
    const prepared = endOfArchive(CHECKPOINTS.replace('full-backuped', 'full-prepared'));
    expect(() => check(prepared, 'archive')).toThrow('no backup to prepare');
  });
});

describe('other data', () => {
  const sql = Buffer.from(
    `-- MySQL dump 10.13\n\n${'-- \n'.repeat(300)}/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;\n\n-- Dump completed\n`,
  );
  const tar = Buffer.concat([
    Buffer.from('backup-my.cnf'.padEnd(257, '\0')),
    Buffer.from('ustar\0'.padEnd(9983, '\0')),
  ]);

  it.each([
    ['a dump', sql, 'it starts with the bytes 2d2d'],
    ['a tar', tar, 'it is a tar archive'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0]), 'it is gzip inside gzip'],
    ['nothing', Buffer.alloc(0), 'it is empty'],
    ['a few bytes of an archive', Buffer.from('XBST'), 'it is a physical backup (xbstream)'],
  ])('is not an archive: %s', (_, bytes, what) => {
    const message = `this is not an archive of Mariabackup or XtraBackup: ${what}`;
    for (const size of [1, 513, 20_000]) expect(() => check(bytes, 'archive', size)).toThrow(message);
  });

  it('is not a dump if it is an archive', () => {
    expect(() => check(endOfArchive(), 'dump')).toThrow('this is not a dump that we know: it is a physical backup');
  });

  it('is a dump if either is accepted', () => {
    expect(check(sql)).toBeUndefined();
    expect(() => check(sql.subarray(0, 600))).toThrow('half-way');
    expect(() => check(Buffer.alloc(0))).toThrow('it is empty');
  });
});
